import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  type ContentBlock,
  isMovieHubError,
  type JsonObject,
  type Model,
  type ModelEvent,
  type ModelRequest,
  MovieHubError,
  type MovieHubErrorCode,
} from 'movie-hub';
import { differences, excerpt } from './json-differences';
import { aborted } from './scripted-model';

/** A request as JSON: bytes are base64, and the marks around tool results, which each run makes anew, are left out. */
type PlainRequest = JsonObject & { messages: JsonObject[] };

/** One line of a recording. The first names the model; each of the others belongs to one call, and calls may interleave. */
type Line = { model: string } | CallLine | ({ call: number } & ({ event: ModelEvent } | End));

/** The beginning of a call. A request `like` an earlier one repeats its first `keep` messages and all that is not written again. */
interface CallLine {
  call: number;
  like?: number;
  keep?: number;
  toolChoices?: NonNullable<Model['toolChoices']>;
  request: JsonObject & { messages: JsonObject[] };
}

/** How a call ended: by itself, because its reader left, or with an error. */
type End = { end: 'whole' | 'aborted' } | { error: RecordedError };

interface RecordedError {
  name: string;
  message: string;
  /** Set for an error of this package, which a run passes on. */
  movieHubCode?: MovieHubErrorCode;
  code?: string | number;
  $fault?: string;
  $metadata?: { httpStatusCode?: number; attempts?: number };
  cause?: RecordedError;
}

/**
 * Wraps a model so that all its calls are written to a file as they happen, one JSON value a line, for `replayModel`.
 *
 * Only requests, events and errors are written: no settings of a client, no credentials, no times. Lines are written whole, so a
 * crash leaves a file that says where it ends.
 *
 * @param file Overwritten at once. Its folder is made if it is missing.
 * @throws MovieHubError `file_unavailable` when the file cannot be written.
 */
export function recordModel(model: Model, file: string): Model {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, toLine({ model: model.id }));
  } catch (cause) {
    throw new MovieHubError('file_unavailable', `The recording ${file} cannot be written.`, { cause });
  }
  const begin = createRequestWriter();
  return {
    id: model.id,
    get toolChoices() {
      return model.toolChoices;
    },
    async *stream(request, signal) {
      const { toolChoices } = model;
      const beginning = begin(toPlain(request));
      const { call } = beginning;
      appendFileSync(file, toLine({ ...beginning, ...(toolChoices && { toolChoices }) }));
      let isOpen = true;
      const end = (how: End) => {
        if (isOpen) appendFileSync(file, toLine({ call, ...how }));
        isOpen = false;
      };
      // Also for a model that does not react to its signal. A listener must not throw, and without its end the file is refused.
      const leave = () => {
        try {
          end({ end: 'aborted' });
        } catch {}
      };
      signal.addEventListener('abort', leave, { once: true });
      try {
        for await (const event of model.stream(request, signal)) {
          if (isOpen) appendFileSync(file, toLine({ call, event }));
          yield event;
          // A reader of the run that keeps up gets each piece as an event of its own, here and in the replay.
          await setImmediate();
        }
        end({ end: 'whole' });
      } catch (cause) {
        end(signal.aborted ? { end: 'aborted' } : { error: toRecordedError(cause) });
        throw cause;
      } finally {
        signal.removeEventListener('abort', leave);
        leave();
      }
    },
  };
}

/** A model that plays a recording. */
type ReplayedModel = Model & {
  /** @throws Error when recorded calls were not played, or when a request did not fit. */
  assertComplete(): void;
};

/**
 * Returns a model that plays a recording of `recordModel`: each call gets the answer that was recorded for its request, with the
 * same errors, and without the waits. A request that was not recorded is an error that shows the difference.
 *
 * A call that was aborted plays what had come until then, and waits to be aborted.
 *
 * @throws MovieHubError `file_unavailable` when the file is missing, cut off, or no recording.
 */
export function replayModel(file: string): ReplayedModel {
  const { id, calls } = readRecording(file);
  const unplayed = [...calls];
  const complaints: string[] = [];
  return {
    id,
    get toolChoices() {
      return (unplayed[0] ?? calls.at(-1))?.toolChoices;
    },
    async *stream(request, signal) {
      signal.throwIfAborted();
      const given = toPlain(request);
      const index = unplayed.findIndex((call) => isDeepStrictEqual(call.request, given));
      const [played] = index < 0 ? [] : unplayed.splice(index, 1);
      if (!played) {
        const complaint = describeMisfit(file, unplayed, given);
        complaints.push(complaint);
        throw new Error(complaint);
      }
      for (const event of played.events) {
        await setImmediate();
        signal.throwIfAborted();
        yield event;
      }
      const { events, end } = played;
      if (end && 'error' in end) throw toError(end.error);
      const isWhole = end?.end === 'whole' || events.some((event) => 'messageStop' in event);
      if (isWhole) return;
      await aborted(signal);
      signal.throwIfAborted();
    },
    assertComplete() {
      const left = unplayed.map(({ call }) => call);
      const missing = left.length > 0 ? [`${file}: these calls were not played: ${left.join(', ')}.`] : [];
      if (complaints.length + missing.length > 0) throw new Error([...complaints, ...missing].join('\n'));
    },
  };
}

function toLine(line: Line): string {
  return `${JSON.stringify(line, bytesAsBase64)}\n`;
}

/** Reads the original value: `value` is what `Buffer.toJSON` returned. */
function bytesAsBase64(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const given = this[key];
  return given instanceof Uint8Array ? Buffer.from(given).toString('base64') : value;
}

function toPlain(request: ModelRequest): PlainRequest {
  // Which model wrote a message is not sent.
  const messages = request.messages.map(({ role, content }) => ({ role, content: content.map(withoutMark) }));
  return JSON.parse(JSON.stringify({ ...request, messages }, bytesAsBase64));
}

const fence =
  /^(?:(Data from the tool, up to the mark )f[0-9a-f]{15}(\..*)|(End of the data: )f[0-9a-f]{15})$/;

function withoutMark(block: ContentBlock): ContentBlock {
  if (!('toolResult' in block)) return block;
  const content = block.toolResult.content.map((part) =>
    'text' in part ? { text: part.text.replace(fence, '$1$3(mark)$2') } : part,
  );
  return { toolResult: { ...block.toolResult, content } };
}

/** Earlier requests that a new one is compared with. */
const maxRecent = 20;

/** Creates the function that numbers calls, and writes each request as what is new in it beside a recent one. */
function createRequestWriter(): (request: PlainRequest) => CallLine {
  const recent: Array<{ call: number; request: PlainRequest }> = [];
  let call = 0;
  return (request) => {
    call += 1;
    const like = closestTo(request, recent);
    recent.push({ call, request });
    if (recent.length > maxRecent) recent.shift();
    if (!like) return { call, request };
    const keep = countSameMessages(like.request, request);
    const names = new Set([...Object.keys(like.request), ...Object.keys(request)]);
    const changed = [...names].filter((name) => !isDeepStrictEqual(like.request[name], request[name]));
    // What the earlier request has, and this one has not, is written as null.
    const members = Object.fromEntries(changed.map((name) => [name, request[name] ?? null]));
    return { call, like: like.call, keep, request: { ...members, messages: request.messages.slice(keep) } };
  };
}

/** Returns the call with the most messages in common; the last of several. */
function closestTo<T extends { request: PlainRequest }>(request: PlainRequest, calls: readonly T[]) {
  const counts = calls.map((call) => countSameMessages(call.request, request));
  return calls[counts.lastIndexOf(Math.max(...counts))];
}

function countSameMessages(a: PlainRequest, b: PlainRequest): number {
  const index = a.messages.findIndex((message, i) => !isDeepStrictEqual(message, b.messages[i]));
  return index < 0 ? a.messages.length : index;
}

/** Credentials that error messages may contain: keys, tokens, and the password in a URL. */
const secrets =
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|(?<=(?:security-token|authorization)["']?\s*[:=]\s*["']?)[^"'\n]+|(?<=:\/\/)[^/\s@]+(?=@)/gi;
const maxCauses = 3;

function toRecordedError(thrown: unknown, depth = 1): RecordedError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { name, message, code, $fault, $metadata, cause } = error as Error & Partial<RecordedError>;
  const { httpStatusCode, attempts } = $metadata ?? {};
  return JSON.parse(
    JSON.stringify({
      name,
      message: message.replace(secrets, '(left out)'),
      ...(isMovieHubError(error) ? { movieHubCode: error.code } : { code, $fault }),
      ...($metadata && { $metadata: { httpStatusCode, attempts } }),
      ...(cause !== undefined && depth < maxCauses && { cause: toRecordedError(cause, depth + 1) }),
    }),
  );
}

function toError({ movieHubCode, message, cause, ...members }: RecordedError): Error {
  const options = cause && { cause: toError(cause) };
  if (movieHubCode !== undefined) return new MovieHubError(movieHubCode, message, options);
  return Object.assign(new Error(message, options), members);
}

interface RecordedCall {
  readonly call: number;
  readonly request: PlainRequest;
  readonly toolChoices: Model['toolChoices'];
  readonly events: ModelEvent[];
  end?: End;
}

function readRecording(file: string): { id: string; calls: RecordedCall[] } {
  const unavailable = (message: string, cause?: unknown) =>
    new MovieHubError('file_unavailable', message, { cause });
  let lines: string[];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch (cause) {
    throw unavailable(
      `There is no recording ${file}. Make it: run once with recordModel(model, file).`,
      cause,
    );
  }
  const calls = new Map<number, RecordedCall>();
  let id: string | undefined;
  for (const [index, line] of lines.slice(0, -1).entries()) {
    try {
      const value: Line = JSON.parse(line);
      if ('model' in value) id = value.model;
      else if ('request' in value) calls.set(value.call, toRecordedCall(value, calls));
      else take(value, calls.get(value.call));
    } catch (cause) {
      throw unavailable(`Line ${index + 1} of ${file} is not that of a recording. Record it again.`, cause);
    }
  }
  const open = [...calls.values()].flatMap(({ call, end }) => (end ? [] : [call]));
  if (id !== undefined && lines.at(-1) === '' && open.length === 0) return { id, calls: [...calls.values()] };
  const why = open.length > 0 ? `: call ${open.join(' and ')} did not end` : '';
  throw unavailable(`The recording ${file} is not whole${why}. Record it again, or delete what did not end.`);
}

function toRecordedCall(line: CallLine, calls: ReadonlyMap<number, RecordedCall>): RecordedCall {
  const { call, like, keep, toolChoices, request } = line;
  const earlier = calls.get(like ?? 0)?.request;
  if (calls.has(call) || (like !== undefined && !earlier))
    throw new Error('It does not fit those before it.');
  const messages = [...(earlier?.messages.slice(0, keep) ?? []), ...request.messages];
  const members = Object.entries({ ...earlier, ...request, messages }).filter(([, value]) => value !== null);
  return { call, request: { ...Object.fromEntries(members), messages }, toolChoices, events: [] };
}

function take(line: { event: ModelEvent } | End, call: RecordedCall | undefined): void {
  if (!call || call.end) throw new Error('It belongs to no open call.');
  if ('event' in line) call.events.push(withBytes(line.event));
  else call.end = line;
}

/** Reasoning is the only thing in events that has bytes. */
function withBytes(event: ModelEvent): ModelEvent {
  if (!('contentBlockDelta' in event)) return event;
  const { delta } = event.contentBlockDelta;
  if (!('reasoningContent' in delta) || delta.reasoningContent.redactedContent === undefined) return event;
  const redactedContent = new Uint8Array(
    Buffer.from(String(delta.reasoningContent.redactedContent), 'base64'),
  );
  const reasoningContent = { ...delta.reasoningContent, redactedContent };
  return { contentBlockDelta: { ...event.contentBlockDelta, delta: { reasoningContent } } };
}

/** Differences that are shown; the first one often causes the others. */
const maxDifferences = 3;

function describeMisfit(file: string, unplayed: readonly RecordedCall[], given: PlainRequest): string {
  const closest = closestTo(given, unplayed.toReversed());
  if (!closest) {
    const question = excerpt(given.messages.at(-1)?.content);
    return `${file} has no more calls, but the model was called again with ${question}. If that is intended, record again.`;
  }
  const found = differences(closest.request, given);
  const more = found.length > maxDifferences ? [`  and ${found.length - maxDifferences} more`] : [];
  return [
    `Step ${stepOf(given)} does not match call ${closest.call} of ${file}. If the change is intended, record again:`,
    ...found
      .slice(0, maxDifferences)
      .flatMap(({ path, recorded, given }) => [
        `  ${path}`,
        `    recorded: ${excerpt(recorded, given)}`,
        `    given:    ${excerpt(given, recorded)}`,
      ]),
    ...more,
  ].join('\n');
}

/** The step of its run that asks with this request, from 1. */
function stepOf({ messages }: PlainRequest): number {
  const question = messages.findLastIndex(
    ({ role, content }) => role === 'user' && !JSON.stringify(content).startsWith('[{"toolResult"'),
  );
  return 1 + messages.slice(Math.max(0, question)).filter(({ role }) => role === 'assistant').length;
}
