import { defineQueryTool, type QueryTool } from 'movie-hub';
import { shop } from '../support/own-schema';

/** The shop, with functions that fail and a table that the role may not read. */
export const failingShop = (role: string): readonly string[] => [
  ...shop(role),
  'CREATE TABLE shop.hidden_prices (price numeric)',
  `CREATE FUNCTION shop.fail(state text, words text) RETURNS text LANGUAGE plpgsql AS
     $$ BEGIN RAISE EXCEPTION '%', words USING ERRCODE = state, DETAIL = 's3cret detail', HINT = 's3cret hint'; END $$`,
  `CREATE FUNCTION shop.write() RETURNS text LANGUAGE plpgsql AS
     $$ BEGIN CREATE TEMPORARY TABLE s3cret (n integer); RETURN 'written'; END $$`,
];

type Tool = Parameters<typeof defineQueryTool>[0];

/** A tool with one text argument `value`, whose row has the column `text`. */
export const toolOf = (sql: string, more: Partial<Tool> = {}): QueryTool<{ tenant: string }> =>
  defineQueryTool({
    name: 'ask',
    title: 'Ask',
    description: 'Asks the shop.',
    sql,
    input: {
      type: 'object',
      properties: { value: { type: 'string', minLength: 1, description: 'What is asked for.' } },
      required: ['value'],
    },
    row: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
    ...more,
  });

/** Gives back what it is asked. */
export const echo = toolOf('SELECT :value::text AS text');
