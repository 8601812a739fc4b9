/** Most titles or people looked at for one question: the one that is taken and the others that are named, or the nearest. */
export const mostMatches = 6;

/** JSON Schema of the properties that every title in a result has: names before numbers. */
export const titleProperties = {
  title: { type: 'string', description: 'Primary title.' },
  type: { type: 'string', description: 'Kind of title: movie, tvMovie, tvSeries, tvEpisode and others.' },
  year: { type: 'integer', description: 'Year of release or first broadcast; absent when not known.' },
  title_id: { type: 'integer', description: 'Number of the title, for links.' },
} as const;

/** JSON Schema of the properties that every person in a result has. */
export const personProperties = {
  name: { type: 'string', description: 'Name as credited.' },
  birth_year: { type: 'integer', description: 'Year of birth; absent when not known.' },
  person_id: { type: 'integer', description: 'Number of the person, for links.' },
} as const;

/** JSON Schema of the argument that gets the rest of a long list. */
export const skipArgument = {
  type: 'integer',
  minimum: 0,
  maximum: 1_000_000,
  description:
    'How many entries to leave out at the beginning: only to read on where an answer was truncated, as its message says.',
} as const;

/** JSON Schema of what somebody plays in a title. */
export const partProperties = {
  character: { type: 'string', description: 'Name of the character; absent when not known.' },
  category: { type: 'string', description: 'actor, actress, self or archive_footage.' },
} as const;

/** JSON Schema of an object that has no other properties. */
export function objectSchema<const Properties, const Required extends readonly (keyof Properties)[]>(
  properties: Properties,
  required: Required,
) {
  return { type: 'object', properties, required, additionalProperties: false } as const;
}

/** JSON Schema of a list of titles. */
export function titlesSchema<const Words extends string>(description: Words) {
  const items = objectSchema(titleProperties, ['title', 'type', 'title_id']);
  return { type: 'array', description, items } as const;
}

/** JSON Schema of a list of people. */
export function peopleSchema<const Words extends string>(description: Words) {
  return {
    type: 'array',
    description,
    items: objectSchema(personProperties, ['name', 'person_id']),
  } as const;
}

/** Leaves the property out when nothing else matched. */
export function otherMatches<Match>(found: Match[] | undefined): { other_matches?: Match[] } {
  return found === undefined || found.length === 0 ? {} : { other_matches: found };
}

/**
 * Says that nothing matched: the same words first, whether there is no such row or the user may not see it, then the
 * nearest of what they may see.
 */
export function nothingFound<Match>(
  words: string,
  kind: 'titles' | 'people',
  suggestions: Match[] | undefined,
): { found: false; message: string; suggestions?: Match[] } {
  if (suggestions === undefined || suggestions.length === 0) return { found: false, message: words };
  const explained = `${words} The suggestions are only ${kind} with a similar name.`;
  return { found: false, message: explained, suggestions };
}

/** Says how many entries are listed, and how to get the others. */
export function listMessage(
  one: string,
  whenNone: string,
  count: number,
  skip: number,
  truncated: boolean,
): string {
  if (count === 0) return skip > 0 ? `There is no ${one} after the first ${skip}.` : whenNone;
  const what = count === 1 ? `1 ${one}` : `${count} ${one}s`;
  if (truncated) return `${what} of more. To get the next ones, ask the same with skip ${skip + count}.`;
  return `${what}.`;
}
