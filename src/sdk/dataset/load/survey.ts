import { defineFile } from './imdb-file';

/** Reads the votes of all titles, for what is sorted by them and for the least number asked for. */
export const votesSurvey = defineFile({
  name: 'title.ratings',
  columns: ['tconst', 'numVotes'],
  tables: [],
  handler: ({ fields, votes }, at) => {
    return () => {
      votes.set(fields.id(at.tconst, 'tt'), fields.votes(at.numVotes));
      return true;
    };
  },
});

/** Reads who is in the files. */
export const namesSurvey = defineFile({
  name: 'name.basics',
  columns: ['nconst', 'primaryName'],
  tables: [],
  handler: ({ fields, names }, at) => {
    return () => {
      const id = fields.id(at.nconst, 'nm');
      fields.needText(at.primaryName);
      names.add(id);
      return true;
    };
  },
});
