import type { PGlite } from '@electric-sql/pglite';
import type { Pool } from 'pg';
import { asLoader } from './as-loader';
import type { ImdbFile } from './imdb-file';
import { loadFile } from './load-file';
import type { ReadLines } from './load-meter';
import { firstOwnId, type LoadState } from './load-state';
import { NameIndex } from './name-index';
import { nameBasics, titleCrew, titlePrincipals } from './people-files';
import { checkHeader, type LineCounts, type LoadContext, openFile } from './read-lines';
import type { RejectsFile } from './rejects-file';
import { titleAkas, titleBasics, titleEpisode, titleRatings } from './title-files';
import { TitleIndex, VoteIndex } from './title-index';
import { votesSurvey } from './votes-survey';

const allFiles = [titleBasics, nameBasics, titlePrincipals, titleRatings, titleAkas, titleEpisode, titleCrew];

/** Which titles are loaded. */
export interface LoadFilter {
  /** Ids of the types; all unless given. */
  readonly types: ReadonlySet<number> | undefined;
  readonly minVotes: number;
}

/** What one reading of all files takes. */
export interface PassOptions {
  readonly pool: Pool;
  readonly embedded: PGlite | undefined;
  /** Paths of the files that are there, by name. */
  readonly paths: ReadonlyMap<string, string>;
  readonly types: ReadonlyMap<string, number>;
  readonly filter: LoadFilter;
  readonly state: LoadState;
  readonly rejects: RejectsFile | undefined;
  /** Told how many bytes more were read of a file. */
  readonly onRead: (file: string, bytes: number, isSurvey: boolean, read: ReadLines) => void;
  readonly onFile: (file: string, counts: LineCounts) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads all files once, and some of them before for what others need to know: votes and people first, and for a part of the titles also
 * who is shown in them.
 */
export async function loadPass(options: PassOptions): Promise<void> {
  const { state, filter } = options;
  const isSubset = filter.types !== undefined || filter.minVotes > 0;
  const context = contextOf(options, isSubset);
  const done = await doneFiles(options);
  if ([...options.paths.keys()].every((name) => done.has(name)) || lacksTitles(done)) return;
  await survey(options, context, votesSurvey);
  if (!options.paths.has(nameBasics.name)) await addKnownNames(options.pool, context.names);
  if (!state.rebuilds && isSubset)
    for (const file of [titleBasics, nameBasics, titlePrincipals, titleCrew])
      await survey(options, context, file);
  const order = state.rebuilds
    ? // People last: by then it is known in what they are shown.
      [titleBasics, titlePrincipals, titleCrew, nameBasics, titleRatings, titleAkas, titleEpisode]
    : [titleBasics, titleRatings, nameBasics, titlePrincipals, titleCrew, titleAkas, titleEpisode];
  for (const file of order) {
    const path = options.paths.get(file.name);
    if (path === undefined) continue;
    // What is loaded already is read again for the files that need to know of it.
    if (done.has(file.name) && !isNeeded(file, state, done)) continue;
    if (state.rebuilds && file === titlePrincipals) await survey(options, context, nameBasics);
    const counts = await loadFile(file, {
      ...options,
      context,
      path,
      onRead: (bytes, read) => options.onRead(file.name, bytes, false, read),
    });
    // The last bytes are told of before their lines are read.
    options.onRead(file.name, 0, false, counts);
    done.set(file.name, counts);
    options.onFile(file.name, counts);
    if (lacksTitles(done)) return;
  }
}

/** Refuses files whose lines could not be read, before anything is changed for the sake of others. */
export async function checkHeaders(paths: ReadonlyMap<string, string>, filter: LoadFilter): Promise<void> {
  for (const file of allFiles) {
    const path = paths.get(file.name);
    const needsLines = file === titleBasics || (file === titleRatings && filter.minVotes > 0);
    if (path !== undefined) await checkHeader(file, path, needsLines);
  }
}

/** Whether a file has lines, and none of them could be used. What was left out on purpose could be. */
export function gaveNothing({ lines, rejected }: Pick<LineCounts, 'lines' | 'rejected'>): boolean {
  return lines > 0 && rejected === lines;
}

/** Whether all that other files tell of is missing. */
function lacksTitles(done: DoneFiles): boolean {
  const counts = done.get(titleBasics.name);
  return counts !== undefined && gaveNothing(counts);
}

function isNeeded(file: ImdbFile, state: LoadState, done: DoneFiles): boolean {
  if (file === titleBasics) return true;
  if (file === nameBasics) return !state.rebuilds;
  return state.rebuilds && (file === titlePrincipals || file === titleCrew) && !done.has(nameBasics.name);
}

function contextOf({ types, filter, state }: PassOptions, isSubset: boolean): LoadContext {
  const votes = new VoteIndex();
  const { kept, rebuilds } = state;
  // A rebuild passes over what was there before; what follows it is about that alone.
  const writes = (isKept: boolean) => kept === undefined || isKept !== rebuilds;
  return {
    types,
    votes,
    titles: new TitleIndex(votes),
    names: new NameIndex(),
    isSubset,
    wants: (id, type) =>
      (filter.types === undefined || filter.types.has(type)) &&
      (filter.minVotes === 0 || votes.of(id) >= filter.minVotes),
    typeOfKept: (id) => kept?.titles.get(id),
    // Who is shown in a title that was there before is not known until its rows are merged: an editor's stay as they are.
    showsPeople: (id) => !rebuilds || kept?.titles.has(id) !== true,
    rebuilds,
    writesTitle: (id) => writes(kept?.titles.has(id) ?? false),
    writesName: (id) => writes(kept?.names.has(id) ?? false),
  };
}

/** Reads a file without writing anything. */
async function survey(options: PassOptions, context: LoadContext, file: ImdbFile): Promise<void> {
  const path = options.paths.get(file.name);
  if (path === undefined) return;
  const nothing = { writesTitle: () => false, writesName: () => false };
  const { counts, pieces } = openFile(
    file,
    { ...context, ...nothing },
    {
      path,
      onRead: (bytes) => options.onRead(file.name, bytes, true, counts),
      signal: options.signal,
    },
  );
  for await (const _ of pieces);
}

/** Without a file of people those in the database are the ones that credits may name. */
async function addKnownNames(pool: Pool, names: NameIndex): Promise<void> {
  for (let after = -1; ; ) {
    const { rows } = await asLoader(pool, (client) =>
      client.query<{ name_id: number }>(
        'SELECT name_id FROM movie_hub.names WHERE name_id > $1 AND name_id < $2 ORDER BY name_id LIMIT 100000',
        [after, firstOwnId],
      ),
    );
    for (const { name_id } of rows) names.add(name_id);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.name_id;
  }
}

type DoneFiles = Map<string, Pick<LineCounts, 'lines' | 'rejected'>>;

async function doneFiles({ pool, state }: PassOptions): Promise<DoneFiles> {
  const { rows } = await asLoader(pool, (client) =>
    client.query<{ file: string; lines: number; rejected: number }>(
      'SELECT file, lines::float8 AS lines, rejected::float8 AS rejected FROM movie_hub_load.files WHERE is_done AND reading = $1',
      [state.reading],
    ),
  );
  return new Map(rows.map(({ file, ...counts }) => [file, counts]));
}
