export { createLogins, type ScopeLogin } from './administrator';
export { type EmbeddedDatabase, openEmbeddedDatabase } from './embedded';
export { type GeneratedFile, type GenerateImdbOptions, generateImdb } from './generate-imdb';
export { installSchema } from './install-schema';
export type { LoadProgress } from './load/report';
export { demoDataFolder, type LoadedFile, type LoadImdbOptions, loadImdb } from './load-imdb';
