import { isDate } from 'node:util/types';
import { InvalidValue } from './database-error';
import type { ParameterType } from './parameter-types';

/** Tells whether only the type of a parameter decides how its value is sent: a list, an object, or an integer beyond 2^53. */
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
