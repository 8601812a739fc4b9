export { type CreateLoginsOptions, createLogins, type ScopeLogin } from './create-logins';
export { type EmbeddedDatabase, type EmbeddedDatabaseOptions, openEmbeddedDatabase } from './embedded';
export {
  type GeneratedFile,
  type GenerateImdbOptions,
  type GenerateProgress,
  generateImdb,
} from './generate-imdb';
export { type InstallSchemaOptions, installSchema } from './install-schema';
export type { LoadProgress } from './load/load-meter';
export { demoDataFolder, type LoadedFile, type LoadImdbOptions, loadImdb } from './load-imdb';
