import type { ObjectSchema } from './schema';

/** What a list says when it is empty or cut off. */
export interface ListWords {
  readonly whenEmpty?: string;
  readonly whenTruncated?: string;
}

/** The same words for what does not exist and for what the user may not see. */
const nothing = 'Nothing matches among what you may see.';
const askForLess = 'Ask for something narrower to see the others.';

/** Returns the schema of a list of rows. What the row's schema looks up in itself is found in the list's. */
export function listSchema(row: ObjectSchema): ObjectSchema {
  const items: object = JSON.parse(
    JSON.stringify(row, (key, value) =>
      key === '$ref' && typeof value === 'string'
        ? value.replace(/^#/, '#/properties/rows/items')
        : (value as unknown),
    ),
  );
  return {
    type: 'object',
    properties: {
      rows: { type: 'array', description: 'The rows that match, in order.', items },
      truncated: { type: 'boolean', description: 'True when there are more rows than are listed.' },
      message: { type: 'string', description: 'What to know about the answer.' },
    },
    required: ['rows', 'message'],
    additionalProperties: false,
  };
}

/** Makes the answer that `listSchema` describes. */
export function listAnswer(rows: readonly object[], truncated: boolean, words: ListWords): object {
  if (rows.length === 0) return { rows, message: words.whenEmpty ?? nothing };
  const count = rows.length === 1 ? '1 row' : `${rows.length} rows`;
  if (!truncated) return { rows, message: `${count}.` };
  return { rows, truncated, message: `Only the first ${count}. ${words.whenTruncated ?? askForLess}` };
}
