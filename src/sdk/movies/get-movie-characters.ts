import sql from '../../../sql/queries/get_movie_characters.sql';
import type { InferSchema } from '../schema';
import { defineQueryTool, type Page, type QueryTool } from '../tools/define-query-tool';
import {
  listMessage,
  mostMatches,
  nothingFound,
  objectSchema,
  otherMatches,
  partProperties,
  skipArgument,
  titleProperties,
  titlesSchema,
} from './schemas';

const input = {
  type: 'object',
  properties: {
    title: {
      type: 'string',
      minLength: 1,
      maxLength: 300,
      description:
        'The title, or words of it, in any language, with the year where there are several: ' +
        '"The Godfather", "amelie", "DAT429", "Fargo 1996".',
    },
    skip: skipArgument,
  },
  required: ['title'],
  additionalProperties: false,
} as const;

/** What the query gives. The title is NULL in the one row of a question that nothing matches. */
const row = {
  type: 'object',
  properties: {
    title_id: { type: ['integer', 'null'] },
    primary_title: { type: 'string' },
    original_title: { type: 'string' },
    start_year: { type: 'integer' },
    type_name: { type: 'string' },
    actor: { type: 'string' },
    category: { type: 'string' },
    character: { type: 'string' },
    other_matches: titlesSchema('Others that match.'),
    suggestions: titlesSchema('The nearest, when nothing matches.'),
  },
  required: ['title_id'],
} as const;

const output = {
  type: 'object',
  properties: {
    found: { type: 'boolean', description: 'Whether a title matched.' },
    title: {
      description: 'The title that was taken.',
      ...objectSchema(
        {
          ...titleProperties,
          original_title: { type: 'string', description: 'In the original language, where that differs.' },
        },
        ['title_id', 'title', 'type'],
      ),
    },
    characters: {
      type: 'array',
      description: 'Characters in billing order. An actor with several characters has several entries.',
      items: objectSchema({ ...partProperties, actor: { type: 'string', description: 'Who plays it.' } }, [
        'actor',
        'category',
      ]),
    },
    other_matches: titlesSchema(
      'Other titles that match, best known first. Ask again with more words or the year to get one of them.',
    ),
    suggestions: titlesSchema(
      'Only when nothing matched: titles with a similar name, nearest first. None of them is an answer.',
    ),
    truncated: {
      type: 'boolean',
      description: 'True when there are more characters; message says how to get them.',
    },
    message: { type: 'string', description: 'What to know about the answer.' },
  },
  required: ['found', 'message'],
  additionalProperties: false,
} as const;

/** What is said of a title that does not exist, and word for word of one that the user may not see. */
const noSuchTitle = 'There is no title matching that among the titles you may see.';

/** Returns the tool that answers who plays whom in a title. It is defined at its first use. */
export function getMovieCharacters(): QueryTool {
  tool ??= defineQueryTool({
    name: 'get_movie_characters',
    title: 'Characters of a movie',
    description:
      'Returns the characters of a movie, series, episode or other title, and who plays them, in billing order. ' +
      'Use it whenever somebody asks who is in a title, who plays whom, or for its cast; do not answer from memory, ' +
      'because titles are added every day. It takes a title or part of one, not a person: for a person use ' +
      'get_actor_roles. It picks the best known match and names the others; found is false when there is none, then ' +
      'suggestions may name titles with a similar name.',
    sql,
    input,
    row,
    bind: { max_matches: () => mostMatches },
    output,
    answer: describe,
  });
  return tool;
}

let tool: QueryTool | undefined;

function describe(
  rows: readonly InferSchema<typeof row>[],
  { input: { skip = 0 }, truncated }: Page<InferSchema<typeof input>>,
): InferSchema<typeof output> {
  const first = rows[0];
  if (first === undefined || first.title_id === null)
    return nothingFound(noSuchTitle, 'titles', first?.suggestions);
  const { title_id, primary_title = '', original_title, type_name = '', start_year } = first;
  const characters = rows.flatMap(({ actor, category, character }) =>
    actor === undefined || category === undefined
      ? []
      : [{ ...(character !== undefined && { character }), actor, category }],
  );
  return {
    found: true,
    title: {
      title: primary_title,
      ...(original_title !== undefined && original_title !== primary_title && { original_title }),
      type: type_name,
      ...(start_year !== undefined && { year: start_year }),
      title_id,
    },
    characters,
    ...otherMatches(first.other_matches),
    ...(truncated && { truncated }),
    message: listMessage(
      'character',
      'The title has no characters on record.',
      characters.length,
      skip,
      truncated,
    ),
  };
}
