import sql from '../../../sql/queries/get_actor_roles.sql';
import { defineQuery } from '../database/query';
import { defineTool, type ToolDefinition } from '../tools/define-tool';
import type { Tool } from '../tools/tool';
import type { MovieToolOptions } from './create-movie-mcp-server';
import {
  mostMatches,
  nothingFound,
  otherMatches,
  type PersonMatch,
  peopleSchema,
  personProperties,
  titleProperties,
} from './schemas';

interface RoleRow {
  /** NULL in the one row of a question that nobody matches. */
  name_id: number | null;
  primary_name: string;
  birth_year: number | null;
  title_id: number | null;
  primary_title: string | null;
  start_year: number | null;
  type_name: string | null;
  category: string | null;
  character: string | null;
  other_matches: PersonMatch[] | null;
  suggestions: PersonMatch[] | null;
}

const query = defineQuery<RoleRow, { actor: string; most_matches: number }>({
  name: 'get_actor_roles',
  sql,
  parameters: ['actor', 'most_matches'],
});

/** What is said of a person who does not exist, and word for word of one whom the user may not see. */
const noSuchPerson = 'There is no person matching that among the people you may see.';

/** Makes the tool that tells which characters a person played. */
export function getActorRoles(options: MovieToolOptions): Tool {
  return defineTool<{ actor: string }>(
    {
      ...definition,
      run: async ({ actor }) => {
        const rows = await options.read(query, { actor, most_matches: mostMatches });
        return describe(rows, options.maxRows);
      },
    },
    options.onError,
  );
}

/** Made once, so that a server made for every request compiles nothing. */
const definition: Omit<ToolDefinition<never>, 'run'> = {
  name: 'get_actor_roles',
  title: 'Roles of an actor',
  description:
    'Returns the characters that an actor or actress played and in which titles, best known title first. ' +
    'Use it whenever somebody asks what a person played, or which titles a person is in; do not answer from memory. ' +
    'It takes the name of a person, not of a title or a character: for a title use get_movie_characters. ' +
    'It picks the best known person of that name and names the others; found is false when there is none, then ' +
    'suggestions may name people with a similar name.',
  inputSchema: {
    type: 'object',
    properties: {
      actor: {
        type: 'string',
        minLength: 1,
        maxLength: 300,
        description:
          "The person's name, or part of it, in any order, with the year of birth where there are several: " +
          '"Peter Sellers", "Sellers, Peter", "sellers", "Steve McQueen 1930".',
      },
    },
    required: ['actor'],
    additionalProperties: false,
  },
  outputSchema: {
    type: 'object',
    properties: {
      found: { type: 'boolean', description: 'Whether a person matched.' },
      person: {
        type: 'object',
        description: 'The person who was taken.',
        properties: personProperties,
        required: ['person_id', 'name'],
        additionalProperties: false,
      },
      roles: {
        type: 'array',
        description: 'Roles, best known title first. Several characters in one title are several entries.',
        items: {
          type: 'object',
          properties: {
            ...titleProperties,
            character: { type: 'string', description: 'Name of the character; absent when not known.' },
            category: { type: 'string', description: 'actor, actress, self or archive_footage.' },
          },
          required: ['title_id', 'title', 'type', 'category'],
          additionalProperties: false,
        },
      },
      other_matches: peopleSchema(
        'Other people who match, best known first. Ask again with the full name and the year of birth to get one of them.',
      ),
      suggestions: peopleSchema(
        'Only when nobody matched: people with a similar name, nearest first. None of them is an answer.',
      ),
      truncated: { type: 'boolean', description: 'True when there are more roles than are listed.' },
      message: { type: 'string', description: 'What to know about the answer.' },
    },
    required: ['found', 'message'],
    additionalProperties: false,
  },
};

function describe(rows: readonly RoleRow[], maxRows: number): object {
  const first = rows[0];
  if (first === undefined || first.name_id === null)
    return nothingFound(noSuchPerson, 'people', first?.suggestions ?? null);
  const roles = rows.slice(0, maxRows).flatMap(role);
  const truncated = rows.length > maxRows;
  return {
    found: true,
    person: {
      person_id: first.name_id,
      name: first.primary_name,
      ...(first.birth_year !== null && { birth_year: first.birth_year }),
    },
    roles,
    ...otherMatches(first.other_matches),
    ...(truncated && { truncated }),
    message: message(roles.length, truncated),
  };
}

function role(row: RoleRow): object[] {
  if (row.title_id === null) return [];
  return [
    {
      title_id: row.title_id,
      title: row.primary_title,
      type: row.type_name,
      ...(row.start_year !== null && { year: row.start_year }),
      ...(row.character !== null && { character: row.character }),
      category: row.category,
    },
  ];
}

function message(count: number, truncated: boolean): string {
  if (count === 0) return 'The person has no acting role among the titles you may see.';
  if (truncated) return `Only the ${count} best known roles are listed.`;
  return count === 1 ? '1 role.' : `${count} roles.`;
}
