/** Where an argument is. A name may be the caller's own text: only plain words are shown. */
export function pathOf(names: readonly string[]): string {
  return names.map((name) => (isPlain(name) ? name : '…')).join('.');
}

/** Whether a name is a plain word, and no text that a caller would have repeated. */
export function isPlain(name: string): boolean {
  return /^[\w.-]{1,40}$/.test(name);
}
