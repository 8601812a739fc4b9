import { defineFile } from './imdb-file';

/** Reads the votes of all titles, for what is sorted by them and for the least number asked for. */
export const votesSurvey = defineFile({
  name: 'title.ratings',
  columns: ['tconst', 'averageRating', 'numVotes'],
  required: ['tconst', 'averageRating', 'numVotes'],
  tables: [],
  handler:
    ({ fields, votes }, at) =>
    () => {
      const id = fields.id(at.tconst, 'tt');
      // What cannot be loaded does not count.
      fields.needRating(at.averageRating);
      votes.set(id, fields.votes(at.numVotes));
      return true;
    },
});
