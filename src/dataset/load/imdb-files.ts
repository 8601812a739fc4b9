import { type Fields, Reject } from './fields';
import { IdSet, type NameIndex, type TitleIndex } from './ids';
import type { RowWriter } from './row-writer';
import { type LoadTableName, marks } from './tables';

/** What the lines of all files are read with. */
export interface LoadContext {
  /** Ids of the title types in the database, by IMDb's names. */
  readonly types: ReadonlyMap<string, number>;
  readonly titles: TitleIndex;
  readonly names: NameIndex;
  /** Votes of each title that has some. */
  readonly votes: Map<number, number>;
  /** The type of a title that was in the database before a rebuild. */
  readonly typeOfKept: (id: number) => number | undefined;
  /** Whether the filter includes a title. */
  readonly wants: (id: number, type: number) => boolean;
  /** Whether there is a filter, so that only people of the wanted titles are loaded. */
  readonly isFiltered: boolean;
  /** Whether lines are read only for what other files need to know. */
  readonly isSurvey: boolean;
  readonly writesTitle: (id: number) => boolean;
  readonly writesName: (id: number) => boolean;
  /** Whether a credit in this title counts for the person's types. */
  readonly showsPeople: (id: number) => boolean;
  /** Whether rows go straight into tables without older ones. */
  readonly rebuilds: boolean;
}

/** What the lines of one file are read with. */
export interface LineContext extends LoadContext {
  readonly fields: Fields;
  /** Notes a mark in a rebuilt table: what came before it has to be deleted later. */
  readonly noteMark: () => void;
  /** Notes what the line is loaded without. */
  readonly report: (reason: string) => void;
}

/** Handles the current line; returns false when the filter leaves it out, and throws a {@link Reject}, with no row written, for an unusable one. */
export type LineHandler = () => boolean;

/** How the lines of one of IMDb's files become rows. */
export interface ImdbFile {
  /** IMDb's name: `title.basics`. */
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns that each line needs. */
  readonly required: readonly string[];
  /** The first gets most rows. */
  readonly tables: readonly LoadTableName[];
  /**
   * @param at Field numbers of the columns.
   * @param out A writer for each table.
   */
  readonly handler: (
    context: LineContext,
    at: Readonly<Record<string, number>>,
    out: Readonly<Record<string, RowWriter>>,
  ) => LineHandler;
}

type Words<Text extends string> = Text extends `${infer First} ${infer Rest}` ? First | Words<Rest> : Text;

/** Declares a file with its columns and tables as words, so that their use is type-checked. */
function defineFile<Columns extends string, Tables extends string>(
  name: string,
  columns: Columns,
  required: string,
  tables: Tables,
  handler: (
    context: LineContext,
    at: Readonly<Record<Words<Columns>, number>>,
    out: Readonly<Record<Words<Tables>, RowWriter>>,
  ) => LineHandler,
): ImdbFile {
  const [columnNames, needed, tableNames] = [columns, required, tables].map((text) => text.split(' '));
  return { name, columns: columnNames, required: needed, tables: tableNames, handler } as unknown as ImdbFile;
}

/** Returns the type of a title that a line names, or false when the filter leaves it out. */
function typeOfTitle({ titles }: LineContext, id: number, column: string): number | false {
  const type = titles.typeOf(id);
  if (type === undefined) throw new Reject(`${column} is not in title.basics`);
  return type;
}

export const titleBasics = defineFile(
  'title.basics',
  'tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres',
  'tconst titleType primaryTitle isAdult',
  'titles genres',
  (context, at, out) => () => {
    const { fields } = context;
    const primary = fields.text(at.primaryTitle);
    const original = fields.short(at.originalTitle) || primary;
    const type = context.types.get(fields.text(at.titleType));
    if (type === undefined) throw new Reject('titleType is not one that the database knows');
    const id = fields.id(at.tconst, 'tt');
    const startYear = fields.year(at.startYear);
    const endYear = fields.year(at.endYear);
    const minutes = fields.integer(at.runtimeMinutes);
    const genres = fields.short(at.genres)?.split(',').filter(Boolean);
    const isAdult = fields.flag(at.isAdult);
    const isWanted = context.wants(id, type);
    const isRepeated = context.titles.typeOf(id) !== undefined;
    context.titles.set(id, isWanted ? (context.typeOfKept(id) ?? type) : undefined, startYear ?? 0);
    if (!isWanted) return false;
    if (!context.writesTitle(id)) return true;
    out.titles.row(id, type, primary, original, isAdult, startYear, endYear, minutes);
    // One line has all genres of a title, so it replaces earlier ones.
    if (isRepeated || !context.rebuilds) {
      out.genres.row(id, type, marks.genre);
      context.noteMark();
    }
    for (const genre of new Set(genres)) out.genres.row(id, type, genre);
    return true;
  },
);

export const titleRatings = defineFile(
  'title.ratings',
  'tconst averageRating numVotes',
  'tconst averageRating numVotes',
  'ratings',
  (context, at, out) => () => {
    const { fields } = context;
    const id = fields.id(at.tconst, 'tt');
    const rating = fields.rating(at.averageRating);
    const votes = fields.votes(at.numVotes);
    if (context.isSurvey) {
      context.votes.set(id, votes);
      return true;
    }
    const type = typeOfTitle(context, id, 'tconst');
    if (type === false) return false;
    if (context.writesTitle(id)) out.ratings.row(id, type, rating, votes);
    return true;
  },
);

export const titleAkas = defineFile(
  'title.akas',
  'titleId ordering title region language types attributes isOriginalTitle',
  'titleId ordering title',
  'akas',
  (context, at, out) => {
    const { fields } = context;
    const seen = new IdSet();
    return () => {
      const id = fields.id(at.titleId, 'tt');
      const ordering = fields.needInteger(at.ordering);
      const title = fields.text(at.title);
      const isOriginal = fields.flag(at.isOriginalTitle);
      const type = typeOfTitle(context, id, 'titleId');
      if (type === false) return false;
      const isFirst = seen.add(id);
      if (!context.writesTitle(id)) return true;
      if (isFirst && !context.rebuilds)
        out.akas.row(id, marks.ordering, type, 'mark', null, null, [], [], false);
      const [region, language] = [fields.optional(at.region), fields.optional(at.language)];
      // IMDb's files join several types or attributes by a control character.
      const types = fields.list(at.types, '\u0002');
      const attributes = fields.list(at.attributes, '\u0002');
      out.akas.row(id, ordering, type, title, region, language, types, attributes, isOriginal);
      return true;
    };
  },
);

export const titleEpisode = defineFile(
  'title.episode',
  'tconst parentTconst seasonNumber episodeNumber',
  'tconst parentTconst',
  'episodes',
  (context, at, out) => () => {
    const { fields } = context;
    const id = fields.id(at.tconst, 'tt');
    const parent = fields.id(at.parentTconst, 'tt');
    const season = fields.integer(at.seasonNumber);
    const episode = fields.integer(at.episodeNumber);
    const type = typeOfTitle(context, id, 'tconst');
    const parentType = typeOfTitle(context, parent, 'parentTconst');
    if (type === false || parentType === false) return false;
    if (context.writesTitle(id)) out.episodes.row(id, type, parent, parentType, season, episode);
    return true;
  },
);

export const nameBasics = defineFile(
  'name.basics',
  'nconst primaryName birthYear deathYear primaryProfession',
  'nconst primaryName',
  'names',
  (context, at, out) => () => {
    const { fields, names } = context;
    const id = fields.id(at.nconst, 'nm');
    const name = fields.text(at.primaryName);
    const birthYear = fields.year(at.birthYear);
    const deathYear = fields.year(at.deathYear);
    names.add(id);
    if (context.isFiltered && !names.isNeeded(id)) return false;
    if (!context.writesName(id)) return true;
    const types = `{${names.typesOf(id).join(',')}}`;
    out.names.row(id, name, birthYear, deathYear, fields.list(at.primaryProfession, ','), types);
    return true;
  },
);

export const titlePrincipals = defineFile(
  'title.principals',
  'tconst ordering nconst category job characters',
  'tconst ordering nconst category',
  'principals',
  (context, at, out) => {
    const { fields, names, titles } = context;
    const seen = new IdSet();
    // Lines of one title follow each other.
    let title = -1;
    let type: number | false = false;
    let year = 0;
    let votes = 0;
    let isFirst = false;
    return () => {
      const id = fields.id(at.tconst, 'tt');
      const ordering = fields.needInteger(at.ordering);
      const person = fields.id(at.nconst, 'nm');
      const category = fields.text(at.category);
      const characters = fields.characters(at.characters);
      if (id !== title) {
        type = typeOfTitle(context, id, 'tconst');
        title = id;
        year = titles.yearOf(id);
        votes = context.votes.get(id) ?? 0;
        isFirst = seen.add(id);
      }
      if (type === false) return false;
      if (!names.has(person)) throw new Reject('nconst is not in name.basics');
      names.need(person);
      if (context.showsPeople(id)) names.show(person, type);
      const isMarked = isFirst && !context.rebuilds;
      isFirst = false;
      if (!context.writesTitle(id)) return true;
      if (isMarked) out.principals.row(id, marks.ordering, type, 0, 'mark', null, null, 0, 0);
      const job = fields.optional(at.job);
      out.principals.row(id, ordering, type, person, category, job, characters, year, votes);
      return true;
    };
  },
);

export const titleCrew = defineFile(
  'title.crew',
  'tconst directors writers',
  'tconst',
  'crew',
  (context, at, out) => {
    const { fields, names } = context;
    const seen = new IdSet();
    return () => {
      const id = fields.id(at.tconst, 'tt');
      const people = { director: fields.people(at.directors), writer: fields.people(at.writers) };
      const type = typeOfTitle(context, id, 'tconst');
      if (type === false) return false;
      const year = context.titles.yearOf(id);
      const isWritten = context.writesTitle(id);
      const isRepeated = !seen.add(id);
      // One line has the whole crew of a title, so it replaces earlier ones.
      if (isWritten && (isRepeated || !context.rebuilds)) {
        out.crew.row(id, type, 'director', marks.ordering, 0, year);
        context.noteMark();
      }
      for (const [role, ids] of Object.entries(people)) {
        for (const [i, person] of ids.entries()) {
          if (!names.has(person)) continue;
          names.need(person);
          if (context.showsPeople(id)) names.show(person, type);
          if (isWritten) out.crew.row(id, type, role, i + 1, person, year);
        }
      }
      if ([...people.director, ...people.writer].some((person) => !names.has(person)))
        context.report('it names people who are not in name.basics: loaded without them');
      return true;
    };
  },
);
