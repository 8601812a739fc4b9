import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  constants as http2,
} from 'node:http2';
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net';
import type { BedrockRuntimeClient, BedrockRuntimeClientConfig } from '@aws-sdk/client-bedrock-runtime';
import { converseResponse } from './converse-response';
import { bytesAsBase64, type FrameWriter, loadFrameWriter } from './event-stream';
import { type Refusals, refusalOf } from './refusals';
import { type PlayedTurn, Script, type ScriptOptions } from './script';
import { requestProblems } from './transcript-rules';
import { httpErrorOf, type RecordedRequest, readConverseRequest, statusOf } from './wire';

/**
 * Options of `startFakeBedrock`: a script, and requests that the model refuses. A model id of a known family, such as
 * `amazon.nova-pro-v1:0`, also refuses what the family refuses on Bedrock, in the service's words.
 */
export interface FakeBedrockOptions extends ScriptOptions, Refusals {}

/** An endpoint with Bedrock's wire format that plays a script. */
export interface FakeBedrock {
  /** `http://127.0.0.1:<port>`, for HTTP/1.1 and for HTTP/2 without TLS. */
  readonly url: string;
  /** The requests, in order. */
  readonly requests: readonly RecordedRequest[];
  /** Number of open requests: neither fully answered nor cancelled by the caller. */
  readonly openRequests: number;
  /** Settings for your own client: endpoint, region, credentials, one attempt. */
  readonly settings: BedrockRuntimeClientConfig;
  /** Creates a real AWS client for this endpoint, over HTTP/2 unless `requestHandler` differs. */
  client(settings?: BedrockRuntimeClientConfig): BedrockRuntimeClient;
  /** @throws Error when turns remain, when there were too few, or when a request was refused. */
  assertComplete(): void;
  /** Closes all connections, destroys the clients created here and stops listening. */
  close(): Promise<void>;
}

/**
 * Starts an endpoint on a free local port for the real AWS client.
 *
 * Each request plays the next turn, including retries: by default the client makes one attempt. Requests that Bedrock would
 * refuse get 400.
 *
 * @throws Error when `@aws-sdk/client-bedrock-runtime` is not installed.
 */
export async function startFakeBedrock(options: FakeBedrockOptions): Promise<FakeBedrock> {
  const [{ BedrockRuntimeClient }, frames] = await Promise.all([
    import('@aws-sdk/client-bedrock-runtime'),
    loadFrameWriter(),
  ]);
  const script = new Script(options, requestProblems);
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  const clients: BedrockRuntimeClient[] = [];
  let openRequests = 0;
  const answer = async (request: HttpRequest, response: HttpResponse) => {
    const recorded = await readConverseRequest(request);
    if (!recorded) return sendError(response, { status: 404, type: 'UnknownOperationException' });
    requests.push(recorded);
    response.on('close', () => {
      recorded.cancelled = !response.writableEnded;
    });
    const refusal = refusalOf(recorded, options);
    if (refusal) return sendError(response, refusal);
    await play(await script.play(recorded.request), response, recorded.streaming ? frames : undefined);
  };
  const server = listen(sockets, (request, response) => {
    openRequests += 1;
    response.on('close', () => {
      openRequests -= 1;
    });
    answer(request, response).catch((error) => sendError(response, httpErrorOf(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings: BedrockRuntimeClientConfig = {
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'fake', secretAccessKey: 'fake' },
    maxAttempts: 1,
  };
  return {
    url,
    requests,
    get openRequests() {
      return openRequests;
    },
    settings,
    client(own = {}) {
      const client = new BedrockRuntimeClient({ ...settings, ...own });
      clients.push(client);
      return client;
    },
    assertComplete: () => script.assertComplete(),
    async close() {
      for (const client of clients) client.destroy();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

type HttpRequest = IncomingMessage | Http2ServerRequest;
type HttpResponse = ServerResponse | Http2ServerResponse;

/** Serves HTTP/1.1 and HTTP/2 on one port: HTTP/2 connections start with `PRI`, which is not a method of HTTP/1.1 here. */
function listen(sockets: Set<Socket>, handler: (request: HttpRequest, response: HttpResponse) => void) {
  const http1 = createHttpServer(handler);
  const http2Server = createHttp2Server(handler);
  return createNetServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.once('readable', () => {
      const start = socket.read() as Buffer | null;
      if (start === null) return;
      socket.unshift(start);
      const server = start.toString('latin1', 0, 3) === 'PRI' ? http2Server : http1;
      server.emit('connection', socket);
    });
  });
}

async function play(
  { events, fault }: PlayedTurn,
  response: HttpResponse,
  frames: FrameWriter | undefined,
): Promise<void> {
  if (fault instanceof Error) return sendError(response, httpErrorOf(fault));
  if (typeof fault === 'object' && 'status' in fault) return sendError(response, fault);
  if (frames === undefined) return playConverse({ events, ...(fault && { fault }) }, response);
  if (events.length === 0 && fault === 'stall') return;
  if (events.length === 0 && isDisconnect(fault)) return disconnect(response, fault);
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
  for (const event of events) await write(response, frames.event(event));
  if (fault === 'stall') return;
  const last = frames.event({ messageStop: { stopReason: 'end_turn' } });
  if (fault === 'cut') await write(response, last.subarray(0, 20));
  if (fault === 'cut' || isDisconnect(fault)) return disconnect(response, fault);
  if (fault === 'corrupt') await write(response, last.with(last.length - 1, ~(last.at(-1) ?? 0)));
  if (typeof fault === 'object') {
    await write(response, frames.exception(fault.exception, fault.message ?? fault.exception));
    if (fault.keepOpen) return;
  }
  response.end();
}

/** Plays a turn like Converse: in one piece, so that a fault replaces the whole response. */
async function playConverse({ events, fault }: PlayedTurn, response: HttpResponse): Promise<void> {
  if (fault === 'stall') return;
  if (typeof fault === 'string') return disconnect(response, fault);
  if (typeof fault === 'object' && 'exception' in fault) {
    const type = fault.exception.replace(/^./, (first) => first.toUpperCase());
    return sendError(response, {
      status: statusOf(type) ?? 500,
      type,
      ...(fault.message !== undefined && { message: fault.message }),
    });
  }
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(converseResponse(events), bytesAsBase64));
}

/** Waits for each write, so that readers usually receive events one by one. */
function write(response: HttpResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed || response.writableEnded) resolve();
    else (response as ServerResponse).write(bytes, () => resolve());
  });
}

function isDisconnect(fault: PlayedTurn['fault']): fault is 'reset' | 'disconnect' {
  return fault === 'reset' || fault === 'disconnect';
}

function disconnect(response: HttpResponse, fault?: PlayedTurn['fault']): void {
  const isHttp2 = 'stream' in response;
  if (fault === 'disconnect') (isHttp2 ? response.stream.session : response)?.socket?.resetAndDestroy();
  else if (isHttp2) response.stream.close(http2.NGHTTP2_INTERNAL_ERROR);
  else response.destroy();
}

function sendError(response: HttpResponse, error: { status: number; type: string; message?: string }): void {
  if (response.headersSent) {
    disconnect(response);
    return;
  }
  response.writeHead(error.status, { 'content-type': 'application/json', 'x-amzn-errortype': error.type });
  response.end(JSON.stringify({ message: error.message ?? error.type }));
}
