import { createHash } from 'node:crypto';

const names = new Map<string, string>();

/** Names a prepared statement after what it is and a hash of its text: the same text has the same name everywhere. */
export function preparedName(statement: string, text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  // PostgreSQL cuts names at 63 bytes.
  const name = `${statement.replace(/\W/g, '_').slice(0, 40)}_${hash}`;
  names.set(text, name);
  return name;
}
