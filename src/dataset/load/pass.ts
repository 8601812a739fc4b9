import type { PGlite } from '@electric-sql/pglite';
import type { Pool } from 'pg';
import { NameIndex, TitleIndex } from './ids';
import {
  type ImdbFile,
  type LoadContext,
  nameBasics,
  titleAkas,
  titleBasics,
  titleCrew,
  titleEpisode,
  titlePrincipals,
  titleRatings,
} from './imdb-files';
import { loadFile } from './load-file';
import { checkHeader, type LineCounts, openFile } from './read-file';
import type { Progress, RejectLog } from './report';
import { asOwner, firstOwnId, type LoadState } from './state';

const allFiles = [titleBasics, nameBasics, titlePrincipals, titleRatings, titleAkas, titleEpisode, titleCrew];

/** Which titles are loaded. */
export interface LoadFilter {
  /** Ids of types; undefined for all. */
  readonly types: ReadonlySet<number> | undefined;
  readonly minVotes: number;
}

/** What a reading of all files takes. */
export interface PassOptions {
  readonly pool: Pool;
  readonly embedded: PGlite | undefined;
  /** Paths of the files that exist, by name. */
  readonly paths: ReadonlyMap<string, string>;
  readonly types: ReadonlyMap<string, number>;
  readonly filter: LoadFilter;
  readonly state: LoadState;
  readonly rejects: RejectLog | undefined;
  readonly onRead: Progress['read'];
  readonly onFile: (file: string, counts: LineCounts) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Loads all files. Some are read twice, for what other files need to know: votes and people, and with a filter also who is credited in
 * the wanted titles.
 */
export async function loadPass(options: PassOptions): Promise<void> {
  const { state, paths } = options;
  const context = contextOf(options);
  const done = await doneFiles(options);
  if ([...paths.keys()].every((name) => done.has(name)) || lacksTitles(done)) return;
  await survey(options, context, titleRatings);
  if (!paths.has(nameBasics.name)) await addKnownNames(options.pool, context.names);
  if (!state.rebuilds && context.isFiltered)
    for (const file of [titleBasics, nameBasics, titlePrincipals, titleCrew])
      await survey(options, context, file);
  const order = state.rebuilds
    ? // People after their credits: by then it is known which types show them.
      [titleBasics, titlePrincipals, titleCrew, nameBasics, titleRatings, titleAkas, titleEpisode]
    : [titleBasics, titleRatings, nameBasics, titlePrincipals, titleCrew, titleAkas, titleEpisode];
  for (const file of order) {
    const path = paths.get(file.name);
    if (path === undefined || (done.has(file.name) && !isNeeded(file, state, done))) continue;
    if (state.rebuilds && file === titlePrincipals) await survey(options, context, nameBasics);
    const counts = await loadFile(file, {
      ...options,
      context,
      path,
      onRead: (bytes, read) => options.onRead(file.name, bytes, false, read),
    });
    // The counts of the last bytes, which were reported before their lines were read.
    options.onRead(file.name, 0, false, counts);
    done.set(file.name, counts);
    options.onFile(file.name, counts);
    if (lacksTitles(done)) return;
  }
}

/** Rejects files with a wrong header, before anything is changed. */
export async function checkHeaders(paths: ReadonlyMap<string, string>, filter: LoadFilter): Promise<void> {
  for (const file of allFiles) {
    const path = paths.get(file.name);
    const needsLines = file === titleBasics || (file === titleRatings && filter.minVotes > 0);
    if (path !== undefined) await checkHeader(file, path, needsLines);
  }
}

/** Whether a file has lines and all were rejected. */
export function isAllRejected({ lines, rejected }: Pick<LineCounts, 'lines' | 'rejected'>): boolean {
  return lines > 0 && rejected === lines;
}

function lacksTitles(done: DoneFiles): boolean {
  const counts = done.get(titleBasics.name);
  return counts !== undefined && isAllRejected(counts);
}

/** Whether a loaded file is read again, for files that follow. */
function isNeeded(file: ImdbFile, state: LoadState, done: DoneFiles): boolean {
  if (file === titleBasics) return true;
  if (file === nameBasics) return !state.rebuilds;
  return state.rebuilds && (file === titlePrincipals || file === titleCrew) && !done.has(nameBasics.name);
}

function contextOf({ types, filter, state }: PassOptions): LoadContext {
  const votes = new Map<number, number>();
  const { kept, rebuilds } = state;
  // A rebuild skips what was there before; the reading after it writes nothing else.
  const writes = (isKept: boolean) => kept === undefined || isKept !== rebuilds;
  return {
    types,
    votes,
    titles: new TitleIndex(),
    names: new NameIndex(),
    isSurvey: false,
    isFiltered: filter.types !== undefined || filter.minVotes > 0,
    wants: (id, type) =>
      (filter.types === undefined || filter.types.has(type)) &&
      (filter.minVotes === 0 || (votes.get(id) ?? 0) >= filter.minVotes),
    typeOfKept: (id) => kept?.titles.get(id),
    // Credits of a kept title count when they are merged: those of an editor stay.
    showsPeople: (id) => !rebuilds || kept?.titles.has(id) !== true,
    rebuilds,
    writesTitle: (id) => writes(kept?.titles.has(id) ?? false),
    writesName: (id) => writes(kept?.names.has(id) ?? false),
  };
}

/** Reads a file without writing rows. */
async function survey(options: PassOptions, context: LoadContext, file: ImdbFile): Promise<void> {
  const path = options.paths.get(file.name);
  if (path === undefined) return;
  const { counts, pieces } = openFile(
    file,
    { ...context, isSurvey: true, writesTitle: () => false, writesName: () => false },
    {
      path,
      onRead: (bytes) => options.onRead(file.name, bytes, true, counts),
      signal: options.signal,
    },
  );
  for await (const _ of pieces);
}

/** Without a file of people, credits may name those in the database. */
async function addKnownNames(pool: Pool, names: NameIndex): Promise<void> {
  for (let after: number | undefined = -1; after !== undefined; ) {
    const { rows }: { rows: { name_id: number }[] } = await asOwner(pool, (client) =>
      client.query(
        'SELECT name_id FROM movie_hub.names WHERE name_id > $1 AND name_id < $2 ORDER BY name_id LIMIT 100000',
        [after, firstOwnId],
      ),
    );
    for (const { name_id } of rows) names.add(name_id);
    after = rows.at(-1)?.name_id;
  }
}

type DoneFiles = Map<string, Pick<LineCounts, 'lines' | 'rejected'>>;

async function doneFiles({ pool, state }: PassOptions): Promise<DoneFiles> {
  const { rows } = await asOwner(pool, (client) =>
    client.query<{ file: string; lines: number; rejected: number }>(
      'SELECT file, lines::float8 AS lines, rejected::float8 AS rejected FROM movie_hub_load.files WHERE is_done AND reading = $1',
      [state.reading],
    ),
  );
  return new Map(rows.map(({ file, ...counts }) => [file, counts]));
}
