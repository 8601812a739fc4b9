/** A browser without JavaScript: keeps cookies, follows redirects, fills in forms. */
export class Visitor {
  readonly #base: string;
  readonly #cookies = new Map<string, string>();
  #page = '';

  constructor(base: string) {
    this.#base = base;
  }

  /** Opens a page and returns its HTML; `status` is the one expected. */
  async get(path: string, status = 200): Promise<string> {
    return this.#follow(await this.#fetch(path), status);
  }

  /** Sends a form with the CSRF token of the page that is open, and returns the page that it leads to. */
  async post(
    path: string,
    fields: Record<string, string | readonly string[]>,
    status = 200,
  ): Promise<string> {
    const form = new URLSearchParams({ _csrf: this.#csrfToken() });
    for (const [name, value] of Object.entries(fields)) {
      for (const each of [value].flat()) form.append(name, each);
    }
    return this.#follow(await this.#fetch(path, { method: 'POST', body: form }), status);
  }

  async login(username: string): Promise<string> {
    await this.get('/login');
    return this.post('/login', { username, password: `${username}-demo` });
  }

  /** Asks in the chat and returns the page with the answer. */
  async ask(message: string): Promise<string> {
    await this.get('/chat');
    return this.post('/chat', { message });
  }

  #csrfToken(): string {
    return /name="_csrf" value="([^"]+)"/.exec(this.#page)?.[1] ?? '';
  }

  async #follow(response: Response, status: number): Promise<string> {
    const location = response.headers.get('location');
    if (response.status === 303 && location !== null)
      return this.#follow(await this.#fetch(location), status);
    this.#page = await response.text();
    if (response.status !== status)
      throw new Error(`${response.status} instead of ${status}: ${textOf(this.#page)}`);
    return this.#page;
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(new URL(path, this.#base), {
      ...init,
      headers: { cookie },
      redirect: 'manual',
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) this.#cookies.set(name, value);
    }
    return response;
  }
}

/** The text of a page as a person reads it. */
export function textOf(page: string): string {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#96': '`' };
  return page
    .replace(/<(script|style)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&(#?\w+);/g, (whole, name: string) => entities[name] ?? whole)
    .replace(/\s+/g, ' ');
}

/** The last question's answer, without its steps and what it took; pages are compared by it. */
export function lastAnswer(page: string): string {
  const turns = page.split(/<div class="answer/);
  return textOf(`<div class="answer${turns.at(-1) ?? ''}`.split(/<footer|<\/article>/)[0] ?? '').trim();
}
