/** How deep arguments may be nested; they themselves are the first level. */
const mostLevels = 32;
/** How many names and values they may have. */
const mostValues = 100_000;
/** How many characters their names and texts may have together. */
const mostCharacters = 1_000_000;

/** Says how arguments exceed what any tool takes, whatever their schema; undefined when they do not. It stops at the first excess. */
export function sizeFault(input: unknown): string | undefined {
  let values = 0;
  let characters = 0;
  const faultOf = (value: unknown, level: number): string | undefined => {
    values += 1;
    if (typeof value === 'string') characters += value.length;
    if (values > mostValues || characters > mostCharacters)
      return 'The arguments are too large: 100,000 names and values and 1,000,000 characters at most.';
    if (typeof value !== 'object' || value === null) return undefined;
    if (level > mostLevels) return 'The arguments are nested too deep: 32 levels at most.';
    // Neither list is copied: it may be a large one.
    if (Array.isArray(value)) {
      for (const each of value) {
        const fault = faultOf(each, level + 1);
        if (fault !== undefined) return fault;
      }
      return undefined;
    }
    for (const name in value) {
      const fault = faultOf(name, level) ?? faultOf((value as Record<string, unknown>)[name], level + 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
  return faultOf(input, 1);
}
