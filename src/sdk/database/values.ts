import { isDate } from 'node:util/types';
import { type CustomTypesConfig, types } from 'pg';
import { InvalidValue } from './database-error';
import type { ParameterType } from './describe-statement';

/** Returns whether only the type of a parameter decides how its value is sent: a list, an object, or an integer beyond 2^53. */
export function dependsOnType(value: unknown): boolean {
  if (typeof value === 'number') return isRounded(value);
  return typeof value === 'object' && value !== null && !isSingle(value);
}

/**
 * Makes of a query's values what the driver sends unchanged. Nothing depends on this process's time zone: a `Date` goes in UTC.
 *
 * @param types The types of the parameters; needed when one of the values depends on its type.
 * @throws MovieHubError `invalid_argument` that names the parameter: for a list or an object where the type takes neither, an integer
 *   that a number does not hold exactly, an invalid `Date`, or what JSON cannot hold. Also what a value's own `toPostgres` or `toJSON` throws.
 */
export function encodeValues(
  names: readonly string[],
  values: readonly unknown[],
  types: readonly ParameterType[] | undefined,
): unknown[] {
  return values.map((value, i) =>
    encode(value, types?.[i], (predicate) => {
      throw new InvalidValue(names[i], predicate);
    }),
  );
}

type Refuse = (predicate: string) => never;

const rounded = `is a whole number beyond ±${Number.MAX_SAFE_INTEGER}, which a number may not hold exactly: send it as text, where text is allowed.`;

function encode(value: unknown, type: ParameterType | undefined, refuse: Refuse): unknown {
  if (typeof value === 'number' && isRounded(value) && (type?.form !== 'float' || type.isArray))
    return refuse(rounded);
  if (typeof value !== 'object' || value === null) return value;
  if (isConvertible(value))
    return encode(
      value.toPostgres((each) => encode(each, type, refuse)),
      type,
      refuse,
    );
  if (isDate(value)) return dateText(value, refuse);
  if (ArrayBuffer.isView(value)) return value;
  if (type?.form === 'json' && !type.isArray) return jsonText(value, refuse);
  if (!Array.isArray(value)) return refuse('must be a single value, and not an object.');
  if (!type?.isArray) return refuse('must be a single value, and not a list.');
  return arrayText(value, type, refuse);
}

/** As PostgreSQL reads an array. Text among the elements of a json array is JSON already, as it is for a json parameter. */
function arrayText(values: readonly unknown[], type: ParameterType, refuse: Refuse): string {
  const elements = values.map((value) => {
    if (value === null || value === undefined) return 'NULL';
    if (type.form === 'json') return quoted(typeof value === 'string' ? value : jsonText(value, refuse));
    if (Array.isArray(value)) return arrayText(value, type, refuse);
    const element = encode(value, { ...type, isArray: false }, refuse);
    // As bytea reads it.
    if (ArrayBuffer.isView(element))
      return quoted(
        `\\x${Buffer.from(element.buffer, element.byteOffset, element.byteLength).toString('hex')}`,
      );
    return quoted(String(element));
  });
  return `{${elements.join(type.delimiter)}}`;
}

function quoted(element: string): string {
  return `"${element.replace(/["\\]/g, '\\$&')}"`;
}

function jsonText(value: unknown, refuse: Refuse): string {
  const text: string | undefined = JSON.stringify(
    value,
    function replacer(this: Readonly<Record<string, unknown>>, key, each: unknown) {
      if (isDate(this[key])) return dateText(this[key], refuse) && each;
      if (typeof each === 'bigint') return isRounded(Number(each)) ? refuse(rounded) : Number(each);
      if (typeof each !== 'number') return each;
      if (isRounded(each)) return refuse(rounded);
      return Number.isFinite(each) ? each : refuse('holds NaN or an infinity, which JSON does not have.');
    },
  );
  return text ?? refuse('is no JSON.');
}

/** In UTC, with the era that PostgreSQL reads: a type without a zone takes the date and the time as they stand. */
function dateText(date: Date, refuse: Refuse): string {
  if (Number.isNaN(date.getTime())) return refuse('is an invalid Date.');
  const year = date.getUTCFullYear();
  const rest = date.toISOString().replace(/^[+-]?\d+/, '');
  const yearOfEra = String(year > 0 ? year : 1 - year).padStart(4, '0');
  return `${yearOfEra}${rest}${year > 0 ? '' : ' BC'}`;
}

function isRounded(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** Whether it is one value to PostgreSQL, whatever the parameter's type: a time, or bytes. */
function isSingle(value: object): boolean {
  return isDate(value) || ArrayBuffer.isView(value);
}

function isConvertible(
  value: object,
): value is { toPostgres(prepare: (value: unknown) => unknown): unknown } {
  return 'toPostgres' in value && typeof value.toPostgres === 'function';
}

type Parse = (text: string) => unknown;

const asText: Parse = (text) => text;

/** NaN and the infinities are no JSON: they stay the words that PostgreSQL has for them. */
const float: Parse = (text) => (Number.isFinite(Number(text)) ? Number(text) : text);

const integer: Parse = (text) => Number.parseInt(text, 10);

const bool: Parse = (text) => text === 't';

/** As `bytea_output` has PostgreSQL write them: `\xdeadbeef`, or text with what is not printable in octal. */
const bytes: Parse = (text) => {
  if (text.startsWith('\\x')) return Buffer.from(text.slice(2), 'hex').toString('base64');
  const plain = text.replace(/\\(\\|[0-7]{3})/g, (_, escaped: string) =>
    escaped === '\\' ? escaped : String.fromCharCode(Number.parseInt(escaped, 8)),
  );
  return Buffer.from(plain, 'latin1').toString('base64');
};

/**
 * Numbers of JSON that a double cannot hold become text, as int8 and numeric do. Up to 15 digits a double gives back what
 * it was given (IEEE 754), so that only documents with longer ones are looked through.
 */
const json: Parse = (text) => JSON.parse(/\d[\d.]{15}|\d[eE]/.test(text) ? withTextForLong(text) : text);

/** Writes such numbers as text. Strings, which may be as long as a value, are stepped over and not matched. */
function withTextForLong(text: string): string {
  const start = /"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  let made = '';
  let from = 0;
  for (let match = start.exec(text); match !== null; match = start.exec(text)) {
    const [token] = match;
    if (token === '"') start.lastIndex = endOfString(text, match.index);
    else if (!isExact(token)) {
      made += `${text.slice(from, match.index)}"${token}"`;
      from = start.lastIndex;
    }
  }
  return made + text.slice(from);
}

/** Where a string of JSON is over: at a quote with an even number of backslashes before it. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let first = at;
    while (text[first - 1] === '\\') first -= 1;
    if ((at - first) % 2 === 0) return at + 1;
  }
  return text.length;
}

function isExact(token: string): boolean {
  const value = Number(token);
  if (/^-?\d+$/.test(token)) return Number.isSafeInteger(value);
  const digits = token
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '');
  if (digits === '') return true;
  return digits.length <= 15 && Number.isFinite(value) && Math.abs(value) > 1e-300;
}

/** The driver's parser of arrays, as it is rather than as it is typed. */
const arrayParser = types.arrayParser as unknown as {
  create(text: string, parse: Parse): { parse(): unknown[] };
};

/** The driver's parser knows no delimiter but the comma. Of PostgreSQL's own types only box has another, and nothing quoted. */
const boxes: Parse = (text) =>
  arrayParser.create(text.replace(/\([^;{}]*\)/g, '"$&"').replaceAll(';', ','), asText).parse();

/**
 * How values come: by OID of the type, and by that of its array. The parsers that an application has set for all queries of
 * the driver are not asked, or they would round what this package promises to keep.
 */
const parsers: readonly (readonly [parse: Parse, type: number, array: number])[] = [
  [bool, 16, 1000],
  [integer, 21, 1005], // int2
  [integer, 23, 1007], // int4
  [integer, 26, 1028], // oid
  [asText, 20, 1016], // int8
  [asText, 1700, 1231], // numeric
  [float, 700, 1021],
  [float, 701, 1022],
  [bytes, 17, 1001],
  [json, 114, 199],
  [json, 3802, 3807], // jsonb
];

/**
 * OIDs of the arrays of PostgreSQL's other types, whose elements stay text: all of pg_type below 10000 but box, whose delimiter
 * differs. Those of any other type have another OID in each database.
 */
const arraysOfText: readonly number[] = [
  143, 271, 629, 651, 719, 775, 791, 1002, 1003, 1006, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015, 1017,
  1018, 1019, 1027, 1034, 1040, 1041, 1115, 1182, 1183, 1185, 1187, 1270, 1561, 1563, 2201, 2207, 2208, 2209,
  2210, 2211, 2949, 2951, 3221, 3643, 3644, 3645, 3735, 3770, 3905, 3907, 3909, 3911, 3913, 3927, 4073, 4090,
  4097, 4192, 5039, 6150, 6151, 6152, 6153, 6155, 6157,
];

const parserOf: ReadonlyMap<number, Parse> = new Map([
  ...parsers.flatMap(([parse, type, array]): [number, Parse][] => [
    [type, parse],
    [array, (text) => arrayParser.create(text, parse).parse()],
  ]),
  ...arraysOfText.map((array): [number, Parse] => [
    array,
    (text) => arrayParser.create(text, asText).parse(),
  ]),
  [1020, boxes],
]);

const getTypeParser = ((oid: number) => parserOf.get(oid) ?? asText) as typeof types.getTypeParser;

/**
 * A mapping of its own. Types that it does not name stay text, as PostgreSQL writes it. It is an array too: the driver takes
 * the same property for the types that a statement declares for its parameters. Empty lets PostgreSQL find them.
 */
export function losslessTypesWith(parameterTypes: readonly number[]): number[] & CustomTypesConfig {
  return Object.assign([...parameterTypes], { getTypeParser });
}

export const losslessTypes: CustomTypesConfig = losslessTypesWith([]);
