import { defineQueryTool } from 'movie-hub';
import { describe, expect, test } from 'vitest';
import { messageOf } from '../support/messages';
import { anyRow, noArguments } from './schema-kinds';

const bindingTo = (value: unknown) =>
  defineQueryTool({
    name: 'find_orders',
    title: 'Orders',
    description: 'Finds.',
    sql: 'SELECT :tenant_key::text AS n',
    input: noArguments,
    row: anyRow,
    bind: { tenant_key: () => value as string },
  });

describe('what cannot be bound is the tool’s fault, and only the log is told its name', () => {
  const then = (done: (value: string) => void) => done('one');
  test.each<[what: string, make: () => unknown, reason: string]>([
    ['a promise', () => Promise.resolve('one'), 'a promise'],
    ['one that fails', () => Promise.reject(new Error('unheard')), 'a promise'],
    ['what is like one', () => Object.defineProperty({}, 'then', { value: then }), 'a promise'],
    ['undefined', () => undefined, 'undefined'],
  ])('%s', (_, make, reason) => {
    expect(() => bindingTo(make()).parameters({}, undefined)).toThrow(
      expect.objectContaining({
        code: 'internal',
        message: messageOf.internal,
        cause: expect.objectContaining({
          message: expect.stringMatching(`find_orders .* tenant_key .*${reason}`),
        }),
      }),
    );
  });

  test.each([
    ['one'],
    [null],
    [0],
    [false],
    [['a', 'b']],
    [new Date(0)],
    [Object.fromEntries([['then', 'later']])],
  ])('%j is bound as it is', (value) => {
    expect(bindingTo(value).parameters({}, undefined)).toEqual({ tenant_key: value });
  });
});
