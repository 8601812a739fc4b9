import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import type { FastifyInstance } from 'fastify';
import { createMovieMcpServer } from 'movie-hub';
import type { ScriptedTurn } from 'movie-hub/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneKind, openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { hostileTexts as corpus } from './hostile-texts';
import { addUsers, openHub, type Visitor, visitorOf } from './open-hub';
import { PlayedModel } from './played-model';
import { messagesOf } from './stream-messages';

let database: TestDatabase;
let app: FastifyInstance;
let jim: Visitor;
const model = new PlayedModel('<b>m</b>');

/** A third-party tool with an odd name that returns the given text or error. */
function echoServer(): Server {
  const server = new Server({ name: 'echo', version: '1' }, { capabilities: { tools: {} } });
  const inputSchema = { type: 'object' as const };
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [{ name: 'echo', inputSchema }] }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
    const { text, how } = params.arguments as { text: string; how: string };
    return {
      content: [{ type: 'text', text }],
      isError: how === 'error',
      ...(how === 'object'
        ? { structuredContent: { [text]: text, [`${text}s`]: [{ [text]: text, title_id: 1, title: text }] } }
        : {}),
    };
  });
  return server;
}

beforeAll(async () => {
  database = await openDatabase(oneKind);
  await seed(
    database.admin,
    corpus.map((text, i) => ({
      id: i + 1,
      type: 1,
      title: `Case${i} ${text}`,
      original: `Case${i} ${text} original`,
      votes: 9,
      cast: [{ id: i + 1, name: text, characters: [text] }],
    })),
  );
  await addUsers(database);
  app = await openHub(database.pools, {
    model,
    servers: (chat) => [createMovieMcpServer(database.pools.reader, chat.entitlements), echoServer()],
  });
  jim = await visitorOf(app, 'jim');
});
afterAll(async () => {
  await app?.close();
  await database?.close();
});

/** Every tag that the chat makes, with the attributes that it may have. */
const allowed = new Set(
  `section class aria-labelledby|header class|h1 id|form method action|form method action class
  form class id method action hx-post hx-swap hx-sync|input type name value|input type id name value|button type class
  button type name value class data-starter|button type class data-stop|label for class|p|p class|p class role|p class id role
  textarea id name rows required maxlength placeholder aria-describedby|div|div class|div class id|div class tabindex role aria-label
  article class id aria-busy data-turn|article class id aria-busy data-turn hx-get hx-trigger hx-swap
  footer class|button type class data-copy|button type form name value class data-retry|form method action id
  details class|a href aria-current|time datetime|button type form name value class aria-label data-confirm|h2 class|h3|span|span class|details class id data-state|summary|dl class|dt|dd
  table|caption|thead|tbody|tr|th|th scope|th class|td|td class|a href|a href rel|strong|em|code|code class|pre|pre tabindex role aria-label|ul|ol|li|br
  hx-partial hx-target hx-swap`.split(/\|\s*|\n\s*/),
);

function tagsOf(markup: string): string[] {
  return (markup.match(/<[a-z!][^>]*>/gi) ?? []).map((tag) =>
    tag
      .slice(1, -1)
      .replace(/=("[^"<>]*"|'[^'<>]*')/g, '')
      .replace(/\s+/g, ' '),
  );
}

const openings = (markup: string) => (markup.match(/<[a-z!/]/gi) ?? []).length;
const closings = (markup: string) => (markup.match(/<\/[a-z]/gi) ?? []).length;

describe.each(corpus.map((text, i) => [i, text] as const))('text %i', (i, text) => {
  /** The text as a title with its people, as a tool's text, error, values and names, as a tool's own name, and answer. */
  const plan: ScriptedTurn[] = [
    [
      { toolUse: { name: 'get_movie_characters', input: { title: `Case${i} ${text}`.slice(0, 200) } } },
      { toolUse: { name: 'echo', input: { text, how: 'text' } } },
      { toolUse: { name: 'echo', input: { text, how: 'error' } } },
      { toolUse: { name: 'echo', input: { text, how: 'object' } } },
      { toolUse: { name: text, input: { [text]: { [text]: text } } } },
    ],
    [{ text: [...text] }],
  ];

  test('is only text wherever a turn shows it', async () => {
    const thread = /thread=(\S+)/.exec(String((await jim.post('/chat/new')).headers.location))?.[1] ?? '';
    const script = model.play(...plan);
    const stream = await jim.stream(text, thread);
    script.assertComplete();
    expect(stream.body).not.toContain('\r');
    const messages = messagesOf(stream.body);
    expect(messages.filter(({ event }) => event !== '')).toEqual([
      { event: 'hub:thread', data: `/chat?thread=${thread}` },
    ]);
    const page = await jim.get(`/chat?thread=${thread}`);
    const main = /<section class="chat".*<\/section>/s.exec(page.body)?.[0] ?? '';
    expect(main.match(/<details class="step"[^>]*data-state="done"/g)).toHaveLength(3);
    expect(main.match(/<details class="step"[^>]*data-state="failed"/g)).toHaveLength(2);
    expect(main).toContain(`<a href="/movies/${i + 1}">Case${i} `);
    for (const markup of [...messages.map(({ data }) => data), main]) {
      expect(tagsOf(markup).filter((tag) => !allowed.has(tag))).toEqual([]);
      expect(openings(markup) - closings(markup)).toBe(tagsOf(markup).length);
      expect(markup).not.toMatch(/(href|src|action)="?(javascript|data|\/\/|\/logout")/i);
      for (const [, href] of markup.matchAll(/<a [^>]*href="([^"]*)"/g))
        expect(href).toMatch(/^(\/|#|https?:\/\/)/);
      expect(markup).not.toMatch(/<img|<style|<script/);
    }
    for (const { data } of messages) {
      for (const [partial] of data.matchAll(/<hx-[^>]*>/g)) {
        expect(partial).toMatch(
          /^<hx-partial hx-target="#[\w-]+" hx-swap="(beforeend|innerHTML|innerMorph|outerHTML)">$/,
        );
      }
    }
  });

  test('is only text in a question that is refused', async () => {
    const page = await jim.post('/chat', { message: `${text}${'x'.repeat(4000)}` });
    expect(page.statusCode).toBe(422);
    const typed = /<textarea[^>]*aria-invalid="true"[^>]*>\n([^<]*)x{4000}<\/textarea>/.exec(page.body);
    expect(typed).not.toBeNull();
  });
});
