import sql from '../../../sql/queries/get_actor_roles.sql';
import type { InferSchema } from '../schema';
import { defineQueryTool, type Page, type QueryTool } from '../tools/define-query-tool';
import {
  listMessage,
  mostMatches,
  nothingFound,
  objectSchema,
  otherMatches,
  partProperties,
  peopleSchema,
  personProperties,
  skipArgument,
  titleProperties,
} from './schemas';

const input = {
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
    skip: skipArgument,
  },
  required: ['actor'],
  additionalProperties: false,
} as const;

/** What the query gives. The person is NULL in the one row of a question that nobody matches. */
const row = {
  type: 'object',
  properties: {
    name_id: { type: ['integer', 'null'] },
    primary_name: { type: 'string' },
    birth_year: { type: 'integer' },
    title_id: { type: 'integer' },
    primary_title: { type: 'string' },
    start_year: { type: 'integer' },
    type_name: { type: 'string' },
    category: { type: 'string' },
    character: { type: 'string' },
    is_cut: { type: 'boolean' },
    other_matches: peopleSchema('Others that match.'),
    suggestions: peopleSchema('The nearest, when nothing matches.'),
  },
  required: ['name_id'],
} as const;

const output = {
  type: 'object',
  properties: {
    found: { type: 'boolean', description: 'Whether a person matched.' },
    person: {
      description: 'The person who was taken.',
      ...objectSchema(personProperties, ['person_id', 'name']),
    },
    roles: {
      type: 'array',
      description: 'Roles, best known title first. Several characters in one title are several entries.',
      items: objectSchema({ ...titleProperties, ...partProperties }, [
        'title_id',
        'title',
        'type',
        'category',
      ]),
    },
    other_matches: peopleSchema(
      'Other people who match, best known first. Ask again with the full name and the year of birth to get one of them.',
    ),
    suggestions: peopleSchema(
      'Only when nobody matched: people with a similar name, nearest first. None of them is an answer.',
    ),
    truncated: {
      type: 'boolean',
      description: 'True when there are more roles; message says how to get them.',
    },
    message: { type: 'string', description: 'What to know about the answer.' },
  },
  required: ['found', 'message'],
  additionalProperties: false,
} as const;

/** Most roles that are read at once, however many rows an answer may have: the busiest people have more than a hundred thousand. */
const mostRoles = 500;

/** What is said of a person who does not exist, and word for word of one whom the user may not see. */
const noSuchPerson = 'There is no person matching that among the people you may see.';

/** Returns the tool that answers which characters a person played. It is defined at its first use. */
export function getActorRoles(): QueryTool {
  tool ??= defineQueryTool({
    name: 'get_actor_roles',
    title: 'Roles of an actor',
    description:
      'Returns the characters that an actor or actress played and in which titles, best known title first. ' +
      'Use it whenever somebody asks what a person played, or which titles a person is in; do not answer from memory. ' +
      'It takes the name of a person, not of a title or a character: for a title use get_movie_characters. ' +
      'It picks the best known person of that name and names the others; found is false when there is none, then ' +
      'suggestions may name people with a similar name.',
    sql,
    input,
    row,
    bind: { max_matches: () => mostMatches, max_roles: () => mostRoles },
    output,
    answer: describe,
  });
  return tool;
}

let tool: QueryTool | undefined;

function describe(
  rows: readonly InferSchema<typeof row>[],
  { input: { skip = 0 }, truncated: isTruncated }: Page<InferSchema<typeof input>>,
): InferSchema<typeof output> {
  const first = rows[0];
  const truncated = isTruncated || first?.is_cut === true;
  if (first === undefined || first.name_id === null)
    return nothingFound(noSuchPerson, 'people', first?.suggestions);
  const { name_id, primary_name = '', birth_year } = first;
  const roles = rows.flatMap(role);
  const none = 'The person has no acting role among the titles you may see.';
  return {
    found: true,
    person: {
      name: primary_name,
      ...(birth_year !== undefined && { birth_year }),
      person_id: name_id,
    },
    roles,
    ...otherMatches(first.other_matches),
    ...(truncated && { truncated }),
    message: listMessage('role', none, roles.length, skip, truncated),
  };
}

type Role = NonNullable<InferSchema<typeof output>['roles']>[number];

function role({
  title_id,
  primary_title,
  type_name,
  category,
  start_year,
  character,
}: InferSchema<typeof row>): Role[] {
  if (title_id === undefined || primary_title === undefined || type_name === undefined || !category)
    return [];
  return [
    {
      title: primary_title,
      type: type_name,
      ...(start_year !== undefined && { year: start_year }),
      ...(character !== undefined && { character }),
      category,
      title_id,
    },
  ];
}
