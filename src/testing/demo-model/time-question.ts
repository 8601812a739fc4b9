import type { Question } from './question';
import { findTimeZone, timeZoneFrom } from './time-zones';
import { whole } from './wording';

/** Reads a question about the time in one or several places; an empty array for other questions. */
export function readTime(text: string): Question[] {
  for (const pattern of CURRENT) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const place = match.groups?.place;
    return place === undefined ? [{ kind: 'time' }] : timesIn(place);
  }
  const places = PLACE_TIMES.map((pattern) => pattern.exec(text)?.groups?.place ?? '');
  const timeZone = places.map(findTimeZone).find((zone) => zone !== undefined);
  return timeZone === undefined ? [] : [{ kind: 'time', timeZone }];
}

/** Reads "If it is 15:00 in London, what time is it in Tokyo?" if both time zones are known. */
export function readConversion(text: string): Question | undefined {
  for (const pattern of CONVERSIONS) {
    const groups = pattern.exec(text)?.groups;
    const time = clockTime(groups?.time ?? '', groups?.date);
    const from = findTimeZone(groups?.from ?? '');
    const to = findTimeZone(groups?.to ?? '');
    if (time !== undefined && from !== undefined && to !== undefined)
      return { kind: 'conversion', time, from, to };
  }
  return undefined;
}

const NOW =
  '(?:~(?:right now|now|currently|at the moment|at present|today|there|exactly|locally|local time))*';
const EXACT = '(?:(?:the|current|local|exact|present|right|date and)~)*';
const IN_PLACE = '(?:,?~(?:over )?(?:in|at|for)~(?<place>.+?))';
const IS_IT =
  "(?:~(?:is it|it is|it's|is it now|do (?:they|we|you|people) have|have (?:they|you)|does the clock (?:show|say)))?";

const CURRENT: readonly RegExp[] = [
  whole(`what(?:'s|s|~is)?~${EXACT}(?:time|hour|date|day)(?:~of~day)?${IS_IT}${NOW}${IN_PLACE}?${NOW}`),
  whole(`(?:how late|what o'clock)~(?:is it|it is)${NOW}${IN_PLACE}?${NOW}`),
  whole(`in~(?<place>.+?)[,:]?~what(?:'s|~is)?~${EXACT}time${IS_IT}${NOW}`),
  whole(
    `(?:the~)?(?:current|local|exact|present)~(?:date and~)?time${NOW}(?:~(?:in|at|for|of)~(?<place>.+?))?${NOW}`,
  ),
  whole(`(?:the~)?time${NOW}${IN_PLACE}?${NOW}`),
];

/** "local time Tokyo", "Tokyo time": only for known places. */
const PLACE_TIMES: readonly RegExp[] = [
  whole("(?:what(?:'s|~is)?~)?(?:the~)?(?:current~|local~)*time(?:~is~it|~now)?~(?:in~)?(?<place>.+)"),
  whole(
    `(?:what(?:'s|~is)?~)?(?:the~)?(?:current~|local~)*(?<place>.+?)(?:'s)?(?:~local|~current)?~time${NOW}`,
  ),
];

const CLOCK =
  "(?:(?<date>\\d{4}-\\d\\d-\\d\\d)(?:T|,? (?:at )?))?(?<time>\\d{1,2}[:.h]\\d\\d(?: ?[ap]\\.?m\\.?)?|\\d{1,2} ?(?:[ap]\\.?m\\.?|o'clock)|noon|midnight)(?: o'clock)?";
const FROM = '(?:~(?:from|in|at))?~(?<from>.+?)(?:~time)?';
const TO = '(?<to>.+?)(?:~time)?';
const IT_IS = "(?:(?:it~is|it's|it~was|the~time~is|that~it~is)~)?(?:at~)?";

const CONVERSIONS: readonly RegExp[] = [
  whole(
    `(?:(?:if|when|suppose|assuming|given|say|at)~)?${IT_IS}${CLOCK}${FROM}[,.;]?~(?:then~)?(?:what|how late|which|tell me|show me)\\b.*?~in~${TO}`,
  ),
  whole(`(?:what|how late)\\b.*?~in~${TO},?~(?:when|if|at)~${IT_IS}${CLOCK}${FROM}`),
  whole(
    `(?:(?:convert|translate|change|what~is|what's|what~time~is)~)?${CLOCK}${FROM}~(?:to|into|in|as)~(?:the~time~in~)?${TO}`,
  ),
  whole(`${CLOCK}${FROM}~is~(?:what|which)(?:~time)?(?:~is~it)?~in~${TO}`),
];

/** Returns one question for each place of "Tokyo and London", or the unchanged words if a time zone is unknown. */
function timesIn(place: string): Question[] {
  if (/^(?:the|a|this) (?:movie|film|show|series)\b/i.test(place)) return [];
  const places =
    findTimeZone(place) === undefined ? place.split(/\s*(?:,|\band\b|&)\s*/).filter(Boolean) : [place];
  const zones = places.map(findTimeZone);
  const known = zones.filter((zone) => zone !== undefined);
  const all = known.length === places.length && known.length > 0 ? known : [timeZoneFrom(place)];
  return all.flatMap((timeZone) => (timeZone === undefined ? [] : [{ kind: 'time' as const, timeZone }]));
}

/** Formats a time of day for the tools, `HH:MM` or `YYYY-MM-DDTHH:MM`. */
function clockTime(text: string, date: string | undefined): string | undefined {
  if (/^noon$/i.test(text)) return onDate('12:00', date);
  if (/^midnight$/i.test(text)) return onDate('00:00', date);
  const parts = /^(?<hour>\d{1,2})(?:[:.h](?<minute>\d\d))? ?(?<half>[ap])?/i.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const half = parts.half?.toLowerCase();
  const given = Number(parts.hour);
  const minute = Number(parts.minute ?? '0');
  if (minute > 59 || given > 23 || (half !== undefined && (given < 1 || given > 12))) return undefined;
  const hour = half === undefined ? given : (given % 12) + (half === 'p' ? 12 : 0);
  return onDate(`${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`, date);
}

function onDate(time: string, date: string | undefined): string {
  return date === undefined ? time : `${date}T${time}`;
}
