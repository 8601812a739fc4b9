/** Returns the options of a select: value and label of each. */
export function optionsOf(body: string, id: string): [string, string][] {
  const select = new RegExp(`<select id="${id}"[\\s\\S]*?</select>`).exec(body)?.[0] ?? '';
  return [...select.matchAll(/<option value="([^"]+)"[^>]*>([^<]*)</g)].map((m) => [m[1] ?? '', m[2] ?? '']);
}

/** Returns the tag of a field. */
export function fieldTag(body: string, id: string): string {
  return new RegExp(`<(?:input|select) id="${id}"[^>]*>`).exec(body)?.[0] ?? '';
}
