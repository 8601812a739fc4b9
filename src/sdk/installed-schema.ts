/** What the check of a database knows of a role that this package installs, and not of an application's own. */
export interface InstalledRole {
  /** A table that is there when the role can be served. */
  readonly table: string;
  /** Whether its scopes change something, so that a replica cannot serve it. */
  readonly writes: boolean;
  /** Whether it is not served while a load rebuilds the tables. */
  readonly waitsForLoad: boolean;
  /** A schema that is this role's alone, whose tables need no policy. */
  readonly ownSchema?: string;
}

/** The schema that `movie-hub db install` makes: the one place where the SDK's lower layers learn its names. */
export const installedSchema = {
  /** Every table in it needs a policy, and its owner must not be bound by them. */
  name: 'movie_hub',
  owner: 'movie_hub_owner',
  roles: new Map<string, InstalledRole>([
    ['movie_hub_reader', { table: 'movie_hub.titles', writes: false, waitsForLoad: false }],
    ['movie_hub_editor', { table: 'movie_hub.titles', writes: true, waitsForLoad: true }],
    [
      'movie_hub_accounts',
      { table: 'movie_hub_app.users', writes: true, waitsForLoad: false, ownSchema: 'movie_hub_app' },
    ],
  ]),
  /** Only its pool may point at a replica. */
  readingRole: 'movie_hub_reader',
  installCommand: 'movie-hub db install',
  load: {
    /** On tables whose other triggers rest while a load rebuilds them. */
    trigger: 'load_is_waited_for',
    /** What the trigger runs; it stands in the context of its error. */
    function: 'refuse_during_load',
    forUsers: 'Data is being loaded, and nothing can be edited meanwhile. Try again later.',
    forAdministrators:
      "A load of IMDb's files is under way or was broken off, so nothing can be edited: the triggers of the tables rest. " +
      'Wait for its end, or run movie-hub db load again.',
  },
} as const;

/** The role of the hub's own tables, and its table of runs. */
export const accountsRole = 'movie_hub_accounts';
export const runTable = 'movie_hub_app.run_entries';
