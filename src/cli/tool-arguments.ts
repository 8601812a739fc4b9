import { isMovieHubError, type QueryTool } from 'movie-hub';
import { CommandFailure } from './failure';

/** Collects an option that may be repeated. */
export function collectArgument(text: string, before: string[] = []): string[] {
  return [...before, text];
}

/**
 * Reads `name=value` pairs as the arguments of a tool, with the types of its schema.
 *
 * @throws CommandFailure with exit code 2 for an invalid pair, an unknown or repeated name, and values that the tool refuses.
 */
export async function parseArguments(
  tool: QueryTool,
  pairs: readonly string[],
): Promise<Record<string, unknown>> {
  const { properties } = tool.inputSchema;
  const names = Object.keys(properties).join(', ');
  const args: Record<string, unknown> = {};
  for (const pair of pairs) {
    const [name = '', ...rest] = pair.split('=');
    if (rest.length === 0)
      throw new CommandFailure(`--arg takes name=value. Arguments of ${tool.name}: ${names}.`, 2);
    if (!Object.hasOwn(properties, name))
      throw new CommandFailure(`Unknown argument. Arguments of ${tool.name}: ${names}.`, 2);
    if (Object.hasOwn(args, name)) throw new CommandFailure(`The argument ${name} is given twice.`, 2);
    args[name] = readValue(rest.join('='), properties[name]);
  }
  await tool.readInput(args).catch((cause: unknown) => {
    throw isMovieHubError(cause) ? new CommandFailure(cause.message, 2, { cause }) : cause;
  });
  return args;
}

/** Text that does not match its type stays text; the tool refuses it. */
function readValue(text: string, schema: unknown): unknown {
  const { type, anyOf } = (schema ?? {}) as { type?: unknown; anyOf?: readonly { type?: unknown }[] };
  const types = [type, ...(anyOf ?? []).map((each) => each.type)].flat();
  if (types.includes('string')) return text;
  const isPlain = types.some((each) =>
    each === 'boolean'
      ? /^(true|false)$/.test(text)
      : /^(number|integer)$/.test(String(each)) && isNumber(text),
  );
  return isPlain ? JSON.parse(text) : text;
}

function isNumber(text: string): boolean {
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text);
}
