import sql from '../../../sql/queries/get_movie_characters.sql';
import { defineQuery } from '../database/query';
import { defineTool, type ToolDefinition } from '../tools/define-tool';
import type { Tool } from '../tools/tool';
import type { MovieToolOptions } from './create-movie-mcp-server';
import {
  mostMatches,
  nothingFound,
  otherMatches,
  type TitleMatch,
  titleProperties,
  titlesSchema,
} from './schemas';

interface CharacterRow {
  /** NULL in the one row of a question that nothing matches. */
  title_id: number | null;
  primary_title: string;
  original_title: string;
  start_year: number | null;
  type_name: string;
  actor: string | null;
  category: string | null;
  character: string | null;
  other_matches: TitleMatch[] | null;
  suggestions: TitleMatch[] | null;
}

const query = defineQuery<CharacterRow, { title: string; most_matches: number }>({
  name: 'get_movie_characters',
  sql,
  parameters: ['title', 'most_matches'],
});

/** What is said of a title that does not exist, and word for word of one that the user may not see. */
const noSuchTitle = 'There is no title matching that among the titles you may see.';

/** Makes the tool that tells who plays whom in a title. */
export function getMovieCharacters(options: MovieToolOptions): Tool {
  return defineTool<{ title: string }>(
    {
      ...definition,
      run: async ({ title }) => {
        const rows = await options.read(query, { title, most_matches: mostMatches });
        return describe(rows, options.maxRows);
      },
    },
    options.onError,
  );
}

/** Made once, so that a server made for every request compiles nothing. */
const definition: Omit<ToolDefinition<never>, 'run'> = {
  name: 'get_movie_characters',
  title: 'Characters of a movie',
  description:
    'Returns the characters of a movie, series, episode or other title, and who plays them, in billing order. ' +
    'Use it whenever somebody asks who is in a title, who plays whom, or for its cast; do not answer from memory, ' +
    'because titles are added every day. It takes a title or part of one, not a person: for a person use ' +
    'get_actor_roles. It picks the best known match and names the others; found is false when there is none, then ' +
    'suggestions may name titles with a similar name.',
  inputSchema: {
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
    },
    required: ['title'],
    additionalProperties: false,
  },
  outputSchema: {
    type: 'object',
    properties: {
      found: { type: 'boolean', description: 'Whether a title matched.' },
      title: {
        type: 'object',
        description: 'The title that was taken.',
        properties: {
          ...titleProperties,
          original_title: {
            type: 'string',
            description: 'In the original language, where that differs.',
          },
        },
        required: ['title_id', 'title', 'type'],
        additionalProperties: false,
      },
      characters: {
        type: 'array',
        description: 'Characters in billing order. An actor with several characters has several entries.',
        items: {
          type: 'object',
          properties: {
            character: { type: 'string', description: 'Name of the character; absent when not known.' },
            actor: { type: 'string', description: 'Who plays it.' },
            category: { type: 'string', description: 'actor, actress, self or archive_footage.' },
          },
          required: ['actor', 'category'],
          additionalProperties: false,
        },
      },
      other_matches: titlesSchema(
        'Other titles that match, best known first. Ask again with more words or the year to get one of them.',
      ),
      suggestions: titlesSchema(
        'Only when nothing matched: titles with a similar name, nearest first. None of them is an answer.',
      ),
      truncated: { type: 'boolean', description: 'True when there are more characters than are listed.' },
      message: { type: 'string', description: 'What to know about the answer.' },
    },
    required: ['found', 'message'],
    additionalProperties: false,
  },
};

function describe(rows: readonly CharacterRow[], maxRows: number): object {
  const first = rows[0];
  if (first === undefined || first.title_id === null)
    return nothingFound(noSuchTitle, 'titles', first?.suggestions ?? null);
  const characters = rows.slice(0, maxRows).flatMap((row) =>
    row.actor === null || row.category === null
      ? []
      : [
          {
            ...(row.character !== null && { character: row.character }),
            actor: row.actor,
            category: row.category,
          },
        ],
  );
  const truncated = rows.length > maxRows;
  return {
    found: true,
    title: {
      title_id: first.title_id,
      title: first.primary_title,
      ...(first.original_title !== first.primary_title && { original_title: first.original_title }),
      type: first.type_name,
      ...(first.start_year !== null && { year: first.start_year }),
    },
    characters,
    ...otherMatches(first.other_matches),
    ...(truncated && { truncated }),
    message: message(characters.length, truncated),
  };
}

function message(count: number, truncated: boolean): string {
  if (count === 0) return 'The title has no characters on record.';
  if (truncated)
    return `Only the first ${count} characters are listed; the rest are further down the billing.`;
  return count === 1 ? '1 character.' : `${count} characters.`;
}
