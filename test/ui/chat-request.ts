import { type ClientRequest, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { TestDatabase } from '../support/databases';
import { formType, htmxHeaders, type Visitor } from './open-hub';

/** A question on its way, over a connection of its own. */
export interface OpenQuestion {
  readonly request: ClientRequest;
  /** What came so far. */
  readonly body: string;
  /** Waits until this text has come. */
  came(text: string): Promise<void>;
  /** Waits for the end of the response. */
  ended(): Promise<void>;
}

/** Asks a hub that listens, over a connection that can be broken; `how` is a browser with a script or without. */
export function openQuestion(
  on: FastifyInstance,
  visitor: Visitor,
  fields: { message: string; thread?: string },
  how: 'script' | 'plain' = 'script',
): OpenQuestion {
  const { port } = on.server.address() as AddressInfo;
  const request = httpRequest({
    port,
    host: '127.0.0.1',
    path: '/chat',
    method: 'POST',
    headers: { ...formType, ...(how === 'script' && htmxHeaders), cookie: visitor.cookie },
  });
  let body = '';
  let isOver = false;
  request.on('error', () => undefined);
  request.on('response', (response) => {
    response
      .on('error', () => undefined)
      .on('close', () => {
        isOver = true;
      });
    response.setEncoding('utf8').on('data', (piece) => {
      body += piece;
    });
  });
  request.end(new URLSearchParams({ _csrf: visitor.csrfToken, ...fields }).toString());
  return {
    request,
    get body() {
      return body;
    },
    came: (text) => until(() => body.includes(text)),
    ended: () => until(() => isOver),
  };
}

/** Waits until something is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 5000; tries += 1) {
    if (await isSo()) return;
    await sleep(20);
  }
  throw new Error('It never came to be.');
}

/** Returns the turn of a question, as it is kept. */
export async function turnOf({ admin }: TestDatabase, question: string) {
  const { rows } = await admin.query(
    'SELECT * FROM movie_hub_app.turns WHERE question = $1 ORDER BY turn_id DESC LIMIT 1',
    [question],
  );
  return rows[0];
}

/** Waits until the turn of a question has ended, and returns it. */
export async function endedTurn(database: TestDatabase, question: string) {
  await until(async () => ((await turnOf(database, question))?.stop_reason ?? 'running') !== 'running');
  return turnOf(database, question);
}
