import Fastify, {
  type FastifyInstance,
  type FastifyServerOptions,
  type LightMyRequestResponse,
} from 'fastify';
import { createDemoModel } from 'movie-hub/testing';
import { addUser, type HubOptions, hub } from 'movie-hub/ui';
import { afterAll, beforeAll } from 'vitest';
import type { NewUser } from '../../src/ui/data/users';
import { type DatabaseKind, openDatabase, type TestDatabase } from '../support/databases';

/** The users of the tests: what each may see. Each password is the name with `-demo` behind it. */
export const users = {
  jim: { titleTypes: [1] },
  test2: { titleTypes: [1, 5] },
  vlad: { titleTypes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] },
  admin: { titleTypes: [], isAdmin: true },
} as const;

type Users = Readonly<Record<string, Pick<NewUser, 'titleTypes' | 'isAdmin'>>>;

/** Adds users, each with the name and `-demo` for a password, hashed at less cost than real ones. */
export async function addUsers(db: TestDatabase, given: Users = users): Promise<void> {
  for (const [username, user] of Object.entries(given)) {
    await addUser(
      db.pools.accounts,
      { username, password: `${username}-demo`, isDemo: true, ...user },
      { cost: 2 ** 10 },
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

/** Mounts a hub on a server of its own; `prepare` may add hooks to the server before. */
export async function openHub(
  pools: TestDatabase['pools'],
  options: Partial<HubOptions> = {},
  server: FastifyServerOptions = {},
  prepare: (app: FastifyInstance) => void = () => undefined,
): Promise<FastifyInstance> {
  const app = Fastify(server);
  prepare(app);
  await app.register(hub, {
    pools,
    model: createDemoModel(),
    sessionSecret: 'a secret of the tests, long enough',
    loginsPerMinute: 10_000,
    questionsPerMinute: 10_000,
    ...options,
  });
  return app;
}

export const formType = { 'content-type': 'application/x-www-form-urlencoded' };
export const htmxHeaders = { 'hx-request': 'true', 'hx-request-type': 'partial' };

/** Opens a database with the users, and a hub on it, for the tests of a block: there when the first of them begins. */
export function hubOn(
  kind: DatabaseKind,
  prepare?: (app: FastifyInstance) => void,
): { readonly db: TestDatabase; readonly app: FastifyInstance } {
  let db: TestDatabase;
  let app: FastifyInstance;
  beforeAll(async () => {
    db = await openDatabase(kind);
    await addUsers(db);
    app = await openHub(db.pools, {}, {}, prepare);
  });
  afterAll(async () => {
    await app?.close();
    await db?.close();
  });
  return {
    get db() {
      return db;
    },
    get app() {
      return app;
    },
  };
}

/** A browser without scripts: keeps cookies, sends the hidden token of the page it saw last. */
export class Visitor {
  readonly cookies = new Map<string, string>();
  csrfToken = '';

  constructor(
    private readonly app: FastifyInstance,
    private readonly root = '',
  ) {}

  async get(path: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    return this.#keep(
      await this.app.inject({ method: 'GET', url: this.root + path, headers: this.#with(headers) }),
    );
  }

  /** Sends a form. A list sends a field several times; `_csrf` is the page's unless given. */
  async post(
    path: string,
    fields: Record<string, string | readonly string[]> = {},
    headers: Record<string, string> = {},
  ): Promise<LightMyRequestResponse> {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries({ _csrf: this.csrfToken, ...fields })) {
      for (const one of [value].flat()) body.append(name, one);
    }
    return this.#keep(
      await this.app.inject({
        method: 'POST',
        url: this.root + path,
        headers: this.#with({ ...formType, ...headers }),
        payload: body.toString(),
      }),
    );
  }

  async signIn(username: string, password = `${username}-demo`): Promise<LightMyRequestResponse> {
    await this.get('/login');
    const answer = await this.post('/login', { username, password });
    if (answer.statusCode === 303) await this.get('/movies');
    return answer;
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

  /** The header with all cookies; empty without any. */
  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #with(headers: Record<string, string>): Record<string, string> {
    return { ...(this.cookie !== '' && { cookie: this.cookie }), ...headers };
  }

  #keep(answer: LightMyRequestResponse): LightMyRequestResponse {
    for (const { name, value } of answer.cookies) {
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    this.csrfToken = /name="_csrf" value="([^"]+)"/.exec(answer.body)?.[1] ?? this.csrfToken;
    return answer;
  }
}

/** Opens a browser and signs in. */
export async function visitorOf(app: FastifyInstance, username: string, root = ''): Promise<Visitor> {
  const visitor = new Visitor(app, root);
  const answer = await visitor.signIn(username);
  if (answer.statusCode !== 303) throw new Error(`${username} could not sign in: ${answer.statusCode}`);
  return visitor;
}

/** Returns a page without what differs from one rendering to the next: its form token. */
export function withoutToken(body: string): string {
  return body.replace(/name="_csrf" value="[^"]*"/g, 'name="_csrf"');
}
