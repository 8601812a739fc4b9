/** Most titles or people looked at for one question: the one that is taken and the others that are named, or the nearest. */
export const mostMatches = 6;

/** A title as one of several matches. */
export interface TitleMatch {
  title_id: number;
  title: string;
  type: string;
  year?: number;
}

/** JSON Schema of the properties that every title in a result has. */
export const titleProperties = {
  title_id: { type: 'integer', description: 'Number of the title, for links.' },
  title: { type: 'string', description: 'Primary title.' },
  type: { type: 'string', description: 'Kind of title: movie, tvMovie, tvSeries, tvEpisode and others.' },
  year: { type: 'integer', description: 'Year of release or first broadcast; absent when not known.' },
} as const;

/** A person as one of several matches. */
export interface PersonMatch {
  person_id: number;
  name: string;
  birth_year?: number;
}

/** JSON Schema of the properties that every person in a result has. */
export const personProperties = {
  person_id: { type: 'integer', description: 'Number of the person, for links.' },
  name: { type: 'string', description: 'Name as credited.' },
  birth_year: { type: 'integer', description: 'Year of birth; absent when not known.' },
} as const;

/** Returns the JSON Schema of a list of titles. */
export function titlesSchema(description: string): object {
  return {
    type: 'array',
    description,
    items: {
      type: 'object',
      properties: titleProperties,
      required: ['title_id', 'title', 'type'],
      additionalProperties: false,
    },
  };
}

/** Returns the JSON Schema of a list of people. */
export function peopleSchema(description: string): object {
  return {
    type: 'array',
    description,
    items: {
      type: 'object',
      properties: personProperties,
      required: ['person_id', 'name'],
      additionalProperties: false,
    },
  };
}

/** Leaves the property out when nothing else matched. */
export function otherMatches<Match>(matches: readonly Match[] | null): { other_matches?: readonly Match[] } {
  return matches === null || matches.length === 0 ? {} : { other_matches: matches };
}

/**
 * Says that nothing matched: the same words first, whether there is no such row or the user may not see it, then the
 * nearest of what he may see.
 */
export function nothingFound<Match>(
  words: string,
  kind: 'titles' | 'people',
  suggestions: readonly Match[] | null,
): object {
  if (suggestions === null || suggestions.length === 0) return { found: false, message: words };
  const explained = `${words} The suggestions are only ${kind} with a similar name.`;
  return { found: false, message: explained, suggestions };
}
