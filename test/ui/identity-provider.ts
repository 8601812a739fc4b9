import { randomUUID } from 'node:crypto';
import type { LoginFunction } from '../../src/ui/hub-context';

/** A fake identity provider: it knows the browser's user, and issues one-time codes. */
export class IdentityProvider {
  /** Who sits there. */
  person = 'jim';
  readonly #codes = new Map<string, string>();

  /** What the browser is sent back with, when it came with this URL. */
  authorize(url: string): URL {
    const asked = new URL(url);
    const code = randomUUID();
    this.#codes.set(code, this.person);
    const back = new URL(asked.searchParams.get('redirect_uri') ?? '');
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.searchParams.get('state') ?? '');
    return back;
  }

  exchange(code: string): string {
    const person = this.#codes.get(code);
    this.#codes.delete(code);
    if (person === undefined) throw new Error('invalid_grant');
    return person;
  }

  /** Signs in by this provider, as a host's login function does. */
  login(redirectUri: string): LoginFunction {
    return async (request, { saved }) => {
      const { code, state } = request.query as { code?: string; state?: string };
      if (code === undefined) {
        const sent = randomUUID();
        const query = new URLSearchParams({ redirect_uri: redirectUri, state: sent });
        return { redirect: `https://id.example/authorize?${query}`, save: { state: sent } };
      }
      if (saved === undefined || saved.state !== state) throw new Error('state mismatch');
      return { username: this.exchange(code) };
    };
  }
}
