import type { Tool } from '@modelcontextprotocol/sdk/types.js';
import { createMovieMcpServer, createTimeMcpServer } from 'movie-hub';
import { describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase } from '../support/databases';
import { connect } from '../support/mcp';

/** The tools as a model is shown them. A server lists its tools without a database. */
async function toolsOf(pool = {} as never): Promise<readonly Tool[]> {
  const servers = [createMovieMcpServer(pool, { titleTypes: [1] }), createTimeMcpServer()];
  const lists = await Promise.all(
    servers.map(async (server) => {
      const client = await connect(server);
      const { tools } = await client.listTools();
      await client.close();
      return tools;
    }),
  );
  return lists.flat();
}

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly required?: readonly string[];
}

/** All properties in a schema, with their paths. */
function propertiesOf(schema: Schema, path = ''): [path: string, property: Schema][] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, property]): [string, Schema][] => [
    [`${path}${name}`, property],
    ...propertiesOf(property, `${path}${name}.`),
  ]);
  return schema.items ? [...own, ...propertiesOf(schema.items, `${path}[].`)] : own;
}

const sentences = (text: string) => text.split(/(?<=[.?!])\s+(?=[A-Z"])/).length;

describe('what a model is told of the tools', async () => {
  const tools = await toolsOf();

  test('there are four', () => {
    expect(tools.map(({ name }) => name)).toEqual([
      'get_movie_characters',
      'get_actor_roles',
      'get_current_time',
      'convert_time',
    ]);
  });

  describe.each(tools.map((tool) => [tool.name, tool] as const))('%s', (_, tool) => {
    const description = tool.description ?? '';
    const input = tool.inputSchema as Schema;
    const output = tool.outputSchema as Schema;

    test('has a name that every model takes, and a title', () => {
      expect(tool.name).toMatch(/^[a-z][a-z0-9_]{0,39}$/);
      expect(tool.title?.trim()).toBeTruthy();
    });

    test('says in three to five sentences what it returns, when to use it, and when not', () => {
      expect(sentences(description)).toBeGreaterThanOrEqual(3);
      expect(sentences(description)).toBeLessThanOrEqual(5);
      expect(description).toMatch(/^Returns /);
      expect(description).toMatch(/Use it (whenever|for)/);
      expect(description).toMatch(/ use (get|convert)_\w+|not a (person|title)/);
      expect(description.length).toBeLessThan(700);
    });

    test('describes every argument, and refuses others', () => {
      const properties = propertiesOf(input);
      expect(properties.length).toBeGreaterThan(0);
      for (const [path, property] of properties) expect(property.description?.trim(), path).toBeTruthy();
      expect(tool.inputSchema.additionalProperties).toBe(false);
    });

    test('describes everything that comes back', () => {
      for (const [path, property] of propertiesOf(output))
        expect(property.description?.trim(), path).toBeTruthy();
    });

    test('sets all four hints', () => {
      expect(tool.annotations).toEqual({
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: tool.name.includes('time'),
      });
    });

    test('puts names before ids', () => {
      const objects = [output, ...propertiesOf(output).flatMap(([, each]) => [each, each.items ?? {}])];
      for (const { properties } of objects) {
        const names = Object.keys(properties ?? {});
        const id = names.findIndex((name) => name.endsWith('_id'));
        if (id >= 0)
          expect(
            names.slice(0, id).some((name) => /^(name|title)$/.test(name)),
            names.join(),
          ).toBe(true);
      }
    });

    test('demands nothing that may be missing, so that empties are left out', () => {
      for (const [path, property] of propertiesOf(output)) {
        expect(JSON.stringify(property), path).not.toContain('"null"');
      }
    });

    test('has a schema root that models’ services take', () => {
      expect(input.type).toBe('object');
      for (const keyword of ['oneOf', 'anyOf', 'allOf', '$ref']) expect(input).not.toHaveProperty(keyword);
    });
  });

  test('the list is the same bytes each time', async () => {
    expect(JSON.stringify(await toolsOf())).toBe(JSON.stringify(tools));
  });
});

test.each(databaseKinds)('nothing in the list comes from the database: %s', async (kind) => {
  const [empty, demo] = await Promise.all([openDatabase(kind, 'empty'), openDatabase(kind, 'demo')]);
  const [one, other] = await Promise.all([
    toolsOf(empty.pools.reader as never),
    toolsOf(demo.pools.reader as never),
  ]);
  expect(JSON.stringify(one)).toBe(JSON.stringify(other));
  await Promise.all([empty.close(), demo.close()]);
});
