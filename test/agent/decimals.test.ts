import { expect, test } from 'vitest';
import { argumentProblem } from '../../src/sdk/agent/servers/check-arguments';
import { argument } from '../support/messages';

const problem = (multipleOf: number, amount: number) =>
  argumentProblem({ type: 'object', properties: { amount: { type: 'number', multipleOf } } }, { amount });

test.each([
  [0.01, 19.99],
  [0.01, 4.35],
  [0.01, 1.13],
  [0.01, 123_456_789.01],
  [0.1, 0.3],
  [0.3, 0.9],
  [5, 1e15],
  [1e-300, 1e300],
])('a multiple of %d is one, whatever division makes of it: %d', (multipleOf, amount) => {
  expect(problem(multipleOf, amount)).toBeUndefined();
});

test.each([
  [0.01, 1.005],
  [0.3, 0.1],
  [5, 7],
  [1, 1.000_001],
])('what is none is refused: %d, %d', (multipleOf, amount) => {
  expect(problem(multipleOf, amount)).toContain(argument.is('amount', `multiple of ${multipleOf}`));
});
