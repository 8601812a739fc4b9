import { types } from 'pg';

type Parse = (text: string) => unknown;

const asText: Parse = (text) => text;

/** NaN and the infinities are no JSON: they stay the words that PostgreSQL has for them. */
const float: Parse = (text) => (Number.isFinite(Number(text)) ? Number(text) : text);

const bytes: Parse = (text) => (types.getTypeParser(17)(text) as Buffer).toString('base64');

/**
 * Numbers of JSON that a double cannot hold become text, as int8 and numeric do. Up to 15 digits a double gives back what
 * it was given (IEEE 754), so that only documents with longer ones are looked through.
 */
const json: Parse = (text) =>
  JSON.parse(/\d[\d.]{15}|\d[eE]/.test(text) ? text.replace(jsonToken, protect) : text);

const jsonToken = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function protect(token: string): string {
  return token.startsWith('"') || isExact(token) ? token : `"${token}"`;
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

/**
 * How values come that the driver would shift, round or turn into objects of its own: by OID of the type, and by that of
 * its array. int8, int8[] and numeric are text already.
 */
const parsers: readonly (readonly [parse: Parse, type: number, array: number])[] = [
  [asText, 1082, 1182], // date
  [asText, 1083, 1183], // time
  [asText, 1114, 1115], // timestamp
  [asText, 1184, 1185], // timestamptz
  [asText, 1266, 1270], // timetz
  [asText, 1186, 1187], // interval
  [asText, 1700, 1231], // numeric
  [asText, 600, 1017], // point
  [asText, 718, 719], // circle
  [float, 700, 1021],
  [float, 701, 1022],
  [bytes, 17, 1001],
  [json, 114, 199],
  [json, 3802, 3807], // jsonb
];

const parserOf: ReadonlyMap<number, Parse> = new Map(
  parsers.flatMap(([parse, type, array]): [number, Parse][] => [
    [type, parse],
    [array, (text) => arrayParser.create(text, parse).parse()],
  ]),
);

/**
 * The driver's own mapping, but for types that JavaScript or JSON cannot hold. An empty array, because a connection may
 * take the same property for the list of parameter types, as the embedded database's does.
 */
export const losslessTypes = Object.assign([], {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    parserOf.get(oid) ?? types.getTypeParser(oid, format as 'text')) as typeof types.getTypeParser,
});
