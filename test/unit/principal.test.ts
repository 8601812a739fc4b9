import { defineEntitlements } from 'movie-hub';
import { describe, expect, test } from 'vitest';

const naming = <Principal>(principal: Principal) =>
  defineEntitlements({ role: 'app_reader', settings: {}, principal });

describe('who is asking cannot be changed by whoever is told of it', () => {
  const made = () => ({ tenant: 'one', groups: ['a', { b: 1 }], place: { city: 'Rome' } });

  test.each<[what: string, change: (principal: ReturnType<typeof made>) => unknown]>([
    ['a property', (principal) => Object.assign(principal, { tenant: 'two' })],
    ['one inside', (principal) => Object.assign(principal.place, { city: 'Oslo' })],
    ['a list', (principal) => principal.groups.push('b')],
    ['what a list holds', (principal) => Object.assign(principal.groups[1] as object, { b: 2 })],
  ])('%s', (_, change) => {
    const { principal } = naming(made());
    expect(principal).toEqual(made());
    expect(() => change(principal)).toThrow(TypeError);
    expect(principal).toEqual(made());
  });

  test('nor by whoever made it, whose own stays his to change', () => {
    const own = made();
    const { principal } = naming(own);
    own.groups.push('b');
    own.place.city = 'Oslo';
    expect(principal).toEqual(made());
  });
});

test('what is no plain object is who it was', () => {
  class Clerk {
    name = 'Ann';
  }
  for (const principal of [new Clerk(), 'Ann', 7, null, undefined, Symbol.iterator, () => 'Ann', new Map()])
    expect(naming(principal).principal).toBe(principal);
  const clerk = new Clerk();
  expect(naming({ clerk, at: new Date(0) }).principal).toEqual({ clerk, at: new Date(0) });
  expect(naming({ clerk }).principal.clerk).toBe(clerk);
});

test('a principal may hold itself, and have names of any kind', () => {
  const own: Record<PropertyKey, unknown> = JSON.parse('{ "__proto__": { "a": 1 }, "list": [1, null] }');
  own.self = own;
  const { principal } = naming(own);
  expect(principal.self).toBe(principal);
  expect(JSON.stringify({ ...principal, self: 0 })).toBe('{"__proto__":{"a":1},"list":[1,null],"self":0}');
  expect(Array.isArray(principal.list)).toBe(true);
});
