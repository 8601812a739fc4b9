import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { addUser, type HubOptions, hub } from 'movie-hub/ui';
import type { TestDatabase } from '../support/databases';

/** A hub to test: on `database`, with whatever options matter. */
export async function startHub(
  database: TestDatabase,
  options: Pick<HubOptions, 'model'> & Partial<HubOptions>,
): Promise<FastifyInstance> {
  const app = Fastify();
  const sessionSecret = 'a secret of the tests, long enough to sign with';
  await app.register(hub, { pools: database.pools, sessionSecret, ...options });
  await app.ready();
  return app;
}

/** Adds users whose passwords are their names. */
export async function addUsers(
  { pools }: TestDatabase,
  users: Readonly<Record<string, readonly number[]>>,
): Promise<void> {
  for (const [username, titleTypes] of Object.entries(users)) {
    await addUser(
      pools.accounts,
      { username, password: username, titleTypes: [...titleTypes] },
      { cost: 1024 },
    );
  }
}

/** Changes what a user may see, as an administrator would. */
export async function entitle({ admin }: TestDatabase, username: string, titleTypes: readonly number[]) {
  await admin.query('UPDATE movie_hub_app.users SET title_types = $2 WHERE username = $1', [
    username,
    titleTypes,
  ]);
}

/** One signed-in user, with his cookie. */
export class Browser {
  constructor(
    readonly app: FastifyInstance,
    readonly cookie: string,
    readonly csrfToken: string,
  ) {}

  static async signIn(app: FastifyInstance, username: string): Promise<Browser> {
    const form = await app.inject({ url: '/login' });
    const payload = fields({ _csrf: csrfIn(form.body), username, password: username });
    const answer = await app.inject({
      method: 'POST',
      url: '/login',
      headers: { ...formType, cookie: cookieOf(form) },
      payload,
    });
    if (answer.statusCode !== 303) throw new Error(`${username} cannot sign in: ${answer.statusCode}`);
    const cookie = cookieOf(answer);
    const page = await app.inject({ url: '/chat', headers: { cookie } });
    return new Browser(app, cookie, csrfIn(page.body));
  }

  get(url: string): Promise<LightMyRequestResponse> {
    return this.app.inject({ url, headers: { cookie: this.cookie } });
  }

  post(
    url: string,
    form: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<LightMyRequestResponse> {
    const payload = fields({ _csrf: this.csrfToken, ...form });
    return this.app.inject({
      method: 'POST',
      url,
      headers: { ...formType, cookie: this.cookie, ...headers },
      payload,
    });
  }

  /** Asks as a browser without a script does, and returns the page it is led to. */
  async ask(message: string, thread = ''): Promise<LightMyRequestResponse> {
    const answer = await this.post('/chat', { message, thread });
    if (answer.statusCode !== 303) throw new Error(`asking ended with ${answer.statusCode}: ${answer.body}`);
    return this.get(String(answer.headers.location));
  }

  /** Asks as htmx does. */
  stream(message: string, thread = ''): Promise<LightMyRequestResponse> {
    return this.post('/chat', { message, thread }, htmxHeaders);
  }
}

export const htmxHeaders = { 'hx-request': 'true', 'hx-request-type': 'partial' };
export const formType = { 'content-type': 'application/x-www-form-urlencoded' };

export function fields(form: Record<string, string>): string {
  return new URLSearchParams(form).toString();
}

/** A message of an event stream, as htmx reads it. */
export interface StreamMessage {
  event: string;
  data: string;
}

/** Reads an event stream by the rules of the standard: three kinds of line ends, fields, empty lines between messages. */
export function messagesOf(stream: string): StreamMessage[] {
  const messages: StreamMessage[] = [];
  let event = '';
  let data: string[] = [];
  for (const line of stream.split(/\r\n|\r|\n/)) {
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (line === '' && (data.length > 0 || event !== '')) {
      messages.push({ event, data: data.join('\n') });
      event = '';
      data = [];
    } else if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (line !== '') throw new Error(`a field that is none: ${line}`);
  }
  return messages;
}

/** Returns the text between tags, entities resolved, for comparing what a person sees. */
export function seen(body: string): string {
  return body
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(
      /&(lt|gt|quot|amp);/g,
      (_, name: string) => ({ lt: '<', gt: '>', quot: '"', amp: '&' })[name] ?? '',
    )
    .replace(/\s+/g, ' ');
}

function csrfIn(body: string): string {
  const token = /name="_csrf" value="([^"]+)"/.exec(body)?.[1];
  if (token === undefined) throw new Error(`the page has no form: ${body}`);
  return token.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}

function cookieOf(response: LightMyRequestResponse): string {
  const jar = new Map(response.cookies.map(({ name, value }) => [name, value]));
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
}
