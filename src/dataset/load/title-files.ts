import { Reject } from './fields';
import { IdSet } from './id-set';
import { defineFile, passOn, typeOfTitle, writeNumber, writeParts } from './imdb-file';
import { marks } from './tables';

export const titleBasics = defineFile({
  name: 'title.basics',
  columns: [
    'tconst',
    'titleType',
    'primaryTitle',
    'originalTitle',
    'isAdult',
    'startYear',
    'endYear',
    'runtimeMinutes',
    'genres',
  ],
  // Whether a title is for adults is not guessed.
  required: ['tconst', 'titleType', 'primaryTitle', 'isAdult'],
  tables: ['titles', 'genres'],
  handler: (context, at, out) => () => {
    const { fields, line } = context;
    fields.needText(at.primaryTitle);
    fields.needShort(at.originalTitle);
    fields.needText(at.titleType);
    const type = context.types.get(line.text(at.titleType));
    if (type === undefined) throw new Reject('titleType is not one that the database knows');
    const id = fields.id(at.tconst, 'tt');
    const startYear = fields.year(at.startYear);
    const endYear = fields.year(at.endYear);
    const minutes = fields.integer(at.runtimeMinutes);
    fields.needShort(at.genres);
    const genres = new Set(fields.list(at.genres));
    const isAdult = fields.flag(at.isAdult);
    const isWanted = context.wants(id, type);
    const isAgain = context.titles.typeOf(id) !== undefined;
    context.titles.set(id, isWanted ? (context.typeOfKept(id) ?? type) : undefined, startYear ?? 0);
    if (!isWanted) return false;
    if (!context.writesTitle(id)) return true;
    const writeGenre = (genre: string) => {
      out.genres.number(id);
      out.genres.number(type);
      out.genres.text(genre);
      out.genres.endRow();
    };
    out.titles.number(id);
    out.titles.number(type);
    passOn(context, out.titles, at.primaryTitle);
    passOn(context, out.titles, line.isEmpty(at.originalTitle) ? at.primaryTitle : at.originalTitle);
    out.titles.boolean(isAdult);
    writeNumber(out.titles, startYear);
    writeNumber(out.titles, endYear);
    writeNumber(out.titles, minutes);
    out.titles.endRow();
    // One line has all the genres of a title: what was there before does not count any more.
    if (isAgain || !context.rebuilds) {
      writeGenre(marks.genre);
      context.noteMark();
    }
    for (const genre of genres) writeGenre(genre);
    return true;
  },
});

export const titleRatings = defineFile({
  name: 'title.ratings',
  columns: ['tconst', 'averageRating', 'numVotes'],
  required: ['tconst', 'averageRating', 'numVotes'],
  tables: ['ratings'],
  handler: (context, at, out) => () => {
    const { fields } = context;
    const id = fields.id(at.tconst, 'tt');
    fields.needRating(at.averageRating);
    const votes = fields.votes(at.numVotes);
    const type = typeOfTitle(context, id, 'tconst');
    if (type === false) return false;
    if (!context.writesTitle(id)) return true;
    out.ratings.number(id);
    out.ratings.number(type);
    passOn(context, out.ratings, at.averageRating);
    out.ratings.number(votes);
    out.ratings.endRow();
    return true;
  },
});

export const titleAkas = defineFile({
  name: 'title.akas',
  columns: ['titleId', 'ordering', 'title', 'region', 'language', 'types', 'attributes', 'isOriginalTitle'],
  required: ['titleId', 'ordering', 'title'],
  tables: ['akas'],
  handler: (context, at, out) => {
    const { fields } = context;
    const told = new IdSet();
    return () => {
      const id = fields.id(at.titleId, 'tt');
      const ordering = fields.needInteger(at.ordering);
      fields.needText(at.title);
      const isOriginal = fields.flag(at.isOriginalTitle);
      const type = typeOfTitle(context, id, 'titleId');
      if (type === false) return false;
      const isFirst = told.add(id);
      if (!context.writesTitle(id)) return true;
      if (isFirst && !context.rebuilds) {
        out.akas.number(id);
        out.akas.number(marks.ordering);
        out.akas.number(type);
        out.akas.text('mark');
        out.akas.null();
        out.akas.null();
        out.akas.text('{}');
        out.akas.text('{}');
        out.akas.boolean(false);
        out.akas.endRow();
      }
      out.akas.number(id);
      out.akas.number(ordering);
      out.akas.number(type);
      passOn(context, out.akas, at.title);
      passOn(context, out.akas, at.region);
      passOn(context, out.akas, at.language);
      // Several types or attributes are joined by a control character in IMDb's files.
      writeParts(context, out.akas, at.types, '\u0002');
      writeParts(context, out.akas, at.attributes, '\u0002');
      out.akas.boolean(isOriginal);
      out.akas.endRow();
      return true;
    };
  },
});

export const titleEpisode = defineFile({
  name: 'title.episode',
  columns: ['tconst', 'parentTconst', 'seasonNumber', 'episodeNumber'],
  required: ['tconst', 'parentTconst'],
  tables: ['episodes'],
  handler: (context, at, out) => () => {
    const { fields } = context;
    const id = fields.id(at.tconst, 'tt');
    const parent = fields.id(at.parentTconst, 'tt');
    const season = fields.integer(at.seasonNumber);
    const episode = fields.integer(at.episodeNumber);
    const type = typeOfTitle(context, id, 'tconst');
    const parentType = typeOfTitle(context, parent, 'parentTconst');
    if (type === false || parentType === false) return false;
    if (!context.writesTitle(id)) return true;
    out.episodes.number(id);
    out.episodes.number(type);
    out.episodes.number(parent);
    out.episodes.number(parentType);
    writeNumber(out.episodes, season);
    writeNumber(out.episodes, episode);
    out.episodes.endRow();
    return true;
  },
});
