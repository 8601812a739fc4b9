import type { JsonObject } from 'movie-hub';
import { escapeMarkdown } from './escape-markdown';

type JsonValue = JsonObject[string];

/** Formats a result of `get_movie_characters`: the title, its cast, and other matches. */
export function charactersText(found: JsonObject): string {
  const title = objectOf(found.title);
  const rows = objectsOf(found.characters);
  const head = `**${textOf(title.title) || 'Untitled'}**${inBrackets(originalOf(title), typeOf(title), textOf(title.year))}:`;
  const lines = rows.map((row) => listItem(row.actor, row.character, row.category));
  return blocks(
    head,
    lines.length > 0 ? lines.join('\n') : textOf(found.message) || 'No characters are listed.',
    truncationText(found, lines.length),
    otherMatches(found, titleText),
  );
}

/** Formats a result of `get_actor_roles`: the person, their roles, and other matches. */
export function rolesText(found: JsonObject): string {
  const person = objectOf(found.person);
  const lines = objectsOf(found.roles).map((role) => {
    return `- ${titleText(role)}${asCharacter(role.character, role.category)}`;
  });
  return blocks(
    `**${textOf(person.name) || 'Unnamed'}**${inBrackets(born(person))}:`,
    lines.length > 0 ? lines.join('\n') : textOf(found.message) || 'No roles are listed.',
    truncationText(found, lines.length),
    otherMatches(found, personText),
  );
}

/** Formats an empty result: the tool's message and its suggestions. */
export function suggestionsText(found: JsonObject): string {
  const names = objectsOf(found.suggestions).map((match) =>
    match.title === undefined ? personText(match) : titleText(match),
  );
  return blocks(
    textOf(found.message) || 'Nothing was found.',
    names.length === 0 ? '' : `Did you mean: ${names.join('; ')}?`,
  );
}

/** Formats a result of `get_current_time`. */
export function timeText(found: JsonObject): string {
  return `It is ${momentText(found)}.`;
}

/** Formats a result of `convert_time`. */
export function conversionText(found: JsonObject): string {
  return `${momentText(objectOf(found.from))} is ${momentText(objectOf(found.to))}.`;
}

/** Returns the value if it is an object, otherwise an empty object. */
export function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

const TYPE_LABELS: ReadonlyMap<string, string> = new Map([
  ['tvSeries', 'TV series'],
  ['tvEpisode', 'TV episode'],
  ['tvMovie', 'TV movie'],
  ['tvMiniSeries', 'TV mini series'],
  ['tvSpecial', 'TV special'],
  ['tvShort', 'TV short'],
  ['tvPilot', 'TV pilot'],
  ['videoGame', 'video game'],
]);

function objectsOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? escapeMarkdown(String(value)) : '';
}

function typeOf(row: JsonObject): string {
  const type = row.type;
  return (typeof type === 'string' ? TYPE_LABELS.get(type) : undefined) ?? textOf(type);
}

function titleText(title: JsonObject): string {
  return `${textOf(title.title)}${inBrackets(typeOf(title), textOf(title.year))}`;
}

function personText(person: JsonObject): string {
  return `${textOf(person.name)}${inBrackets(born(person))}`;
}

function originalOf(title: JsonObject): string {
  const original = textOf(title.original_title);
  return original === '' || original === textOf(title.title) ? '' : `originally ${original}`;
}

function born(person: JsonObject): string {
  const year = textOf(person.birth_year);
  return year === '' ? '' : `born ${year}`;
}

function inBrackets(...parts: string[]): string {
  const known = parts.filter((part) => part !== '');
  return known.length === 0 ? '' : ` (${known.join(', ')})`;
}

function listItem(
  name: JsonValue | undefined,
  character: JsonValue | undefined,
  category: JsonValue | undefined,
): string {
  return `- ${textOf(name)}${asCharacter(character, category)}`;
}

/** Formats " as Jimbo"; the category if there is no character, or it is not acting. */
function asCharacter(character: JsonValue | undefined, category: JsonValue | undefined): string {
  const role = textOf(character);
  const work = textOf(category).replaceAll('_', ' ');
  const isActing = ['actor', 'actress', 'self', ''].includes(work);
  return `${role === '' ? '' : ` as ${role}`}${role !== '' && isActing ? '' : inBrackets(work)}`;
}

/** Returns the tool's message about omitted rows. */
function truncationText(found: JsonObject, shown: number): string {
  if (found.truncated !== true) return '';
  return textOf(found.message) || `Only the first ${shown} are listed.`;
}

function otherMatches(found: JsonObject, write: (match: JsonObject) => string): string {
  const matches = objectsOf(found.other_matches).map(write);
  return matches.length === 0 ? '' : `Other matches: ${matches.join('; ')}.`;
}

/** Formats "**15:00** on Tuesday, 2025-03-04, in Europe/London (UTC+00:00)". */
function momentText(moment: JsonObject): string {
  const local = textOf(moment.local_time);
  const parts = /^(?<date>\d{4}-\d\d-\d\d)T(?<time>\d\d:\d\d)/.exec(local)?.groups;
  const weekday = textOf(moment.weekday);
  const date = parts === undefined ? '' : ` on ${weekday === '' ? '' : `${weekday}, `}${parts.date},`;
  const offset = String(moment.utc_offset ?? '');
  const utc = inBrackets(textOf(/^(?:|(?:UTC|GMT|Z).*)$/.test(offset) ? offset : `UTC${offset}`));
  return `**${parts?.time ?? local}**${date} in ${textOf(moment.time_zone)}${utc}`;
}

function blocks(...parts: string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}
