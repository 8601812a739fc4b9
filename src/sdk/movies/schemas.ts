/** Most titles or people looked at for one question: the one that is taken, and the others that are named. */
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

/** JSON Schema of the other titles that matched. */
export const otherTitlesSchema = {
  type: 'array',
  description: 'Other titles that match, best known first. Ask again with more words to get one of them.',
  items: {
    type: 'object',
    properties: titleProperties,
    required: ['title_id', 'title', 'type'],
    additionalProperties: false,
  },
} as const;

/** Leaves the property out when nothing else matched. */
export function otherMatches<Match>(matches: readonly Match[] | null): { other_matches?: readonly Match[] } {
  return matches === null || matches.length === 0 ? {} : { other_matches: matches };
}
