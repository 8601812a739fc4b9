import type { JsonObject } from 'movie-hub';

/** A place where two JSON values differ. */
interface Difference {
  readonly path: string;
  readonly recorded: MaybeJson;
  readonly given: MaybeJson;
}

type MaybeJson = JsonObject[string] | undefined;

/** Lists where two values differ, by the path to it. */
export function differences(recorded: MaybeJson, given: MaybeJson, path = ''): Difference[] {
  const [a, b] = [membersOf(recorded), membersOf(given)];
  if (!a || !b || Array.isArray(recorded) !== Array.isArray(given))
    return recorded === given ? [] : [{ path, recorded, given }];
  const step = (name: string) => (Array.isArray(given) ? `[${name}]` : `${path && '.'}${name}`);
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((name) =>
    differences(a.get(name), b.get(name), path + step(name)),
  );
}

function membersOf(value: MaybeJson): Map<string, JsonObject[string]> | undefined {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}

const maxExcerpt = 80;

/** Shortens a value, around where it begins to differ from another one. */
export function excerpt(value: MaybeJson, other?: MaybeJson): string {
  const json = JSON.stringify(value) ?? '(nothing)';
  if (json.length <= maxExcerpt) return json;
  const otherJson = JSON.stringify(other) ?? '';
  let same = 0;
  while (same < json.length && json[same] === otherJson[same]) same += 1;
  const start = Math.max(0, same - maxExcerpt / 4);
  const part = json.slice(start, start + maxExcerpt);
  return `${start > 0 ? '…' : ''}${part}${start + maxExcerpt < json.length ? '…' : ''}`;
}
