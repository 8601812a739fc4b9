import { describe, expect, onTestFinished, test } from 'vitest';
import { openToolbox } from '../../src/sdk/agent/servers/toolbox';
import { type TestTool, toolServer } from './support/tool-server';

const run = () => 'x';

async function offered(...servers: Array<[label: string, tools: Record<string, Partial<TestTool>>]>) {
  const toolbox = await openToolbox(
    servers.map(([label, tools]) =>
      toolServer(
        label,
        Object.fromEntries(Object.entries(tools).map(([name, tool]) => [name, { run, ...tool }])),
      ),
    ),
    { signal: new AbortController().signal, timeoutMs: 1_000 },
  );
  onTestFinished(() => toolbox.close());
  return toolbox;
}

describe('names', () => {
  test('are safe, unique, and lead back to the tool', async () => {
    const long = 'x'.repeat(100);
    const toolbox = await offered(
      ['films', { 'a.b': {}, 'a/b': {}, [`${long}1`]: {}, [`${long}2`]: {}, 電影: {}, same: {} }],
      ['films', { same: {} }],
    );
    const names = toolbox.specs.map((spec) => spec.name);
    expect(new Set(names).size).toBe(7);
    for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(names).toEqual([
      'films_a_b',
      'films_a_b_2',
      expect.stringMatching(/^x{55}_[0-9a-f]{8}$/),
      expect.stringMatching(/^x{55}_[0-9a-f]{8}$/),
      'tool',
      'films_same',
      'films-2_same',
    ]);
    const found = names.map((name) => [toolbox.find(name)?.server, toolbox.find(name)?.name]);
    expect(found.map(([server]) => server)).toEqual([...Array(6).fill('films'), 'films-2']);
    expect(found.map(([, name]) => name)).toEqual([
      'a.b',
      'a/b',
      `${long}1`,
      `${long}2`,
      '電影',
      'same',
      'same',
    ]);
    expect(toolbox.find('constructor')).toBeUndefined();
  });

  test('are the same each time', async () => {
    const servers: Parameters<typeof offered> = [
      ['one', { a: {}, b: {} }],
      ['two', { b: {}, c: {} }],
    ];
    const [first, second] = [await offered(...servers), await offered(...servers)];
    expect(JSON.stringify(first.specs)).toBe(JSON.stringify(second.specs));
  });
});

describe('names that come out alike', () => {
  const namesOf = async (...tools: string[]) => {
    const { specs, find } = await offered(['s', Object.fromEntries(tools.map((name) => [name, {}]))]);
    return Object.fromEntries(specs.map(({ name }) => [find(name)?.name, name]));
  };

  test('do not depend on the order in which a server lists its tools', async () => {
    const expected = { a_b: 's_a_b', 'a.b': 's_a_b_2', 'a/b': 's_a_b_3' };
    expect(await namesOf('a.b', 'a_b', 'a/b')).toEqual(expected);
    expect(await namesOf('a/b', 'a_b', 'a.b')).toEqual(expected);
  });

  test('and the tools stay in that order', async () => {
    const { specs } = await offered(['s', { 'a.b': {}, c: {}, a_b: {} }]);
    expect(specs.map(({ name }) => name)).toEqual(['s_a_b_2', 'c', 's_a_b']);
  });
});

test('a description is bounded', async () => {
  const { specs } = await offered([
    's',
    { a: { description: 'd'.repeat(8_000) }, b: { description: `${'d'.repeat(7_999)}\u{1f600}` } },
  ]);
  expect(specs.map(({ description }) => description)).toEqual([
    'd'.repeat(8_000),
    expect.stringMatching(/^d{7900,}.* \(cut\)$/u),
  ]);
  expect(specs[1]?.description.length).toBeLessThanOrEqual(8_000);
});

test('a description is never empty', async () => {
  const { specs } = await offered([
    's',
    { a: { description: ' ' }, b: { description: '', title: 'Bee' }, c: {} },
  ]);
  expect(specs.map((spec) => spec.description)).toEqual([
    expect.stringMatching(/\ba\b.* s\b/),
    'Bee',
    'Does c.',
  ]);
});

test('a tool that runs only as a task is not offered, and a warning says so', async () => {
  const server = toolServer('s', { a: { run, execution: { taskSupport: 'required' } }, b: { run } });
  const warnings: unknown[] = [];
  const toolbox = await openToolbox([server], {
    signal: new AbortController().signal,
    timeoutMs: 1_000,
    onWarning: (warning) => warnings.push(warning),
  });
  onTestFinished(() => toolbox.close());
  expect(toolbox.specs.map((spec) => spec.name)).toEqual(['b']);
  expect(warnings).toMatchObject([{ server: 's', tool: 'a', isLeftOut: true }]);
});

test('tools are listed over all pages', async () => {
  const server = toolServer('paged', {});
  const { ListToolsRequestSchema } = await import('@modelcontextprotocol/sdk/types.js');
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
    const page = Number(params?.cursor ?? 0);
    const tools = [{ name: `t${page}`, inputSchema: { type: 'object' as const } }];
    return page < 2 ? { tools, nextCursor: String(page + 1) } : { tools };
  });
  const toolbox = await openToolbox([server], { signal: new AbortController().signal, timeoutMs: 1_000 });
  onTestFinished(() => toolbox.close());
  expect(toolbox.specs.map((spec) => spec.name)).toEqual(['t0', 't1', 't2']);
});
