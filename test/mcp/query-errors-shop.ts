import { defineQueryTool, type QueryTool } from 'movie-hub';
import { shop } from '../support/own-schema';

/** The shop, with functions that fail and a table that the role may not read. */
export const failingShop = (role: string): readonly string[] => [
  ...shop(role),
  // A policy that reads its setting for some rows only, and one that reads a list once for a query.
  'CREATE TABLE shop.stock (depot integer NOT NULL, is_public boolean NOT NULL, item text NOT NULL)',
  'ALTER TABLE shop.stock ENABLE ROW LEVEL SECURITY',
  `CREATE POLICY of_depot ON shop.stock
     USING (is_public OR depot = nullif(current_setting('shop.depot', true), '')::integer)`,
  `INSERT INTO shop.stock VALUES (1, true, 'lamp'), (2, false, 'rope')`,
  'CREATE TABLE shop.visits (depot integer NOT NULL, day text NOT NULL)',
  'ALTER TABLE shop.visits ENABLE ROW LEVEL SECURITY',
  `CREATE POLICY of_depots ON shop.visits USING
     (depot = ANY ((SELECT string_to_array(current_setting('shop.depots', true), ','))::integer[]))`,
  `INSERT INTO shop.visits VALUES (2, '2024-02-29')`,
  `GRANT SELECT ON shop.stock, shop.visits TO ${role}`,
  'CREATE TABLE shop.hidden_prices (price numeric)',
  'CREATE DOMAIN shop.price AS numeric CHECK (VALUE > 0)',
  'CREATE DOMAIN shop.named AS text NOT NULL',
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
