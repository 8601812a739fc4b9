import fc from 'fast-check';
import type { ImdbLines } from './imdb-folder';

/** Few titles and people, so that lines meet; of the last there are seldom lines. */
const titleId = fc.integer({ min: 1, max: 6 }).map((id) => `tt000000${id}`);
const nameId = fc.integer({ min: 1, max: 5 }).map((id) => `nm000000${id}`);
const number = (max: number) => fc.integer({ min: 1, max }).map(String);
const orNothing = (value: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 3, arbitrary: value }, fc.constant('\\N'));
const text = fc.constantFrom('The Sea', 'Sea', 'Ärger', 'Ärger The Sea', 'A \\ b', '!', '"x');
const year = orNothing(fc.constantFrom('1990', '2001'));
const people = orNothing(fc.array(nameId, { minLength: 1, maxLength: 3 }).map((ids) => ids.join(',')));

/** Values that make a line of any file one that cannot be used. */
const spoil = fc.constantFrom('\u0000', 'tt', '\\N\tmore', 'nm0000001');

const lineOf = (...fields: fc.Arbitrary<string>[]) =>
  fc
    .tuple(fc.tuple(...fields), fc.nat({ max: 60 }), spoil)
    .map(([values, at, value]) => (at < values.length ? values.with(at, value) : values).join(' | '));
/** One of them can be used: a load fails when none of a file can. */
const linesOf = (good: string, ...fields: fc.Arbitrary<string>[]) =>
  fc
    .tuple(fc.array(lineOf(...fields), { maxLength: 12 }), fc.nat({ max: 12 }))
    .map(([lines, at]) => lines.toSpliced(Math.min(at, lines.length), 0, good));

/** Lines of IMDb's files: in any order, with keys that come again, with ids that no other file has, and with mistakes. */
export const imdbLines: fc.Arbitrary<ImdbLines> = fc.record(
  {
    'title.basics': linesOf(
      'tt0000001 | movie | The Sea | Sea | 0 | 1990 | \\N | \\N | Drama',
      titleId,
      fc.constantFrom('movie', 'movie', 'tvMovie', 'tvSeries'),
      text,
      orNothing(text),
      fc.constantFrom('0', '1'),
      year,
      fc.constant('\\N'),
      orNothing(number(200)),
      orNothing(fc.constantFrom('Drama', 'Drama,War', 'War,Comedy,War')),
    ),
    'name.basics': linesOf(
      'nm0000001 | Sea | 1990 | \\N | \\N | \\N',
      nameId,
      text,
      year,
      fc.constant('\\N'),
      orNothing(fc.constantFrom('actor', 'actor,writer')),
      fc.constant('\\N'),
    ),
    'title.principals': linesOf(
      'tt0000001 | 1 | nm0000001 | actor | \\N | \\N',
      titleId,
      number(4),
      nameId,
      fc.constantFrom('actor', 'self'),
      orNothing(text),
      fc.constantFrom('\\N', '["X"]', '["X", "\\u00e9"]', '["X'),
    ),
    'title.ratings': linesOf(
      'tt0000001 | 7.5 | 7',
      titleId,
      fc.constantFrom('7.5', '10', '0.1'),
      fc.constantFrom('0', '7', '999999999'),
    ),
    'title.akas': linesOf(
      'tt0000001 | 1 | Sea | DE | \\N | \\N | \\N | 0',
      titleId,
      number(4),
      text,
      orNothing(fc.constant('DE')),
      fc.constant('\\N'),
      orNothing(fc.constantFrom('tv', 'tv\u0002dvd')),
      fc.constant('\\N'),
      fc.constantFrom('0', '1'),
    ),
    'title.episode': linesOf(
      'tt0000001 | tt0000001 | 1 | 1',
      titleId,
      titleId,
      orNothing(number(3)),
      orNothing(number(3)),
    ),
    'title.crew': linesOf('tt0000001 | nm0000001 | \\N', titleId, people, people),
  },
  { requiredKeys: ['title.basics', 'name.basics', 'title.principals', 'title.crew'] },
);
