export { createLogins } from './administrator';
export { type EmbeddedDatabase, openEmbeddedDatabase } from './embedded';
export { generateImdb } from './generate-imdb';
export { installSchema } from './install-schema';
export { demoDataFolder, loadImdb } from './load-imdb';
