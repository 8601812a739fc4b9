/** Returns a field of a form or query string, without NUL, which PostgreSQL cannot store; `''` when absent. */
export function textField(fields: unknown, name: string): string {
  return listField(fields, name)[0] ?? '';
}

/** Returns all values of a repeated field. */
export function listField(fields: unknown, name: string): string[] {
  const value = (fields as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one) => typeof one === 'string').map((one) => one.replaceAll('\0', ''));
}

/** Returns the number of a text in the range of PostgreSQL's `integer`, or undefined. */
export function parseInteger(text: string): number | undefined {
  const value = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return Math.abs(value) <= 2_147_483_647 ? value : undefined;
}
