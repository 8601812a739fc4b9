import type { JsonObject } from '../model';
import { parseJsonObject, stringifyJson } from '../wire';
import { toServerNames } from './old-args';
import { mergeBranches } from './old-merge';
import { namesFor, renameProperties } from './old-names';
import { cleanSchema } from './old-repair';

/** A tool's input schema as a model takes it, and the way back to the server's. */
export interface RepairedSchema {
  schema: JsonObject;
  /** Gives arguments the server's names of properties. */
  toServer(input: JsonObject): JsonObject;
  /** The name that the model knows a property by. */
  nameOf(property: string): string;
}

/** Characters of a schema's text. */
const longestSchema = 500_000;
/** Schemas within a schema that are looked at, each as often as it is. */
const mostSchemas = 10_000;

/**
 * Turns any input schema of a tool into one that Bedrock's models accept: they refuse the whole request for one that they do not.
 *
 * It is valid in draft 2020-12 (see `cleanSchema`), has an object and no union at the top (see `mergeBranches`), and its properties'
 * names are safe (see `namesFor`). One that is in order comes back equal, but for definitions that nothing refers to. One that
 * cannot be read, because it is too large or too deep, becomes an open object that says so. The server still checks.
 */
export function repairInputSchema(given: unknown): RepairedSchema {
  try {
    const text = stringifyJson(given);
    const schema = text === undefined || text.length > longestSchema ? undefined : parseJsonObject(text);
    return schema === undefined ? undescribed() : repair(schema);
  } catch {
    return undescribed();
  }
}

function undescribed(): RepairedSchema {
  const description = 'The arguments of this tool are not described.';
  return plain({ type: 'object', description, properties: {} });
}

function repair(given: JsonObject): RepairedSchema {
  let left = mostSchemas;
  const spend = (count = 1) => {
    left -= count;
    if (left < 0) throw new RangeError('The schema is too large.');
  };
  const clean = cleanSchema(given, spend);
  const whole = withDefinitions(mergeBranches(clean, spend), clean.definitions);
  const names = namesFor(whole);
  if (names.aliases.size === 0) return plain(whole);
  const schema = renameProperties(whole, names);
  return {
    schema,
    toServer: (input) => toServerNames(input, schema, names.originals),
    nameOf: (property) => names.aliases.get(property) ?? property,
  };
}

function plain(schema: JsonObject): RepairedSchema {
  return { schema, toServer: (input) => input, nameOf: (property) => property };
}

/** What was merged into the top, and nothing else refers to, is not sent. */
function withDefinitions(schema: JsonObject, definitions: CleanDefinitions): JsonObject {
  const used = new Map<string, JsonObject[string]>();
  const waiting: JsonObject[string][] = [schema];
  for (let text = JSON.stringify(waiting.pop()); text !== undefined; text = JSON.stringify(waiting.pop())) {
    for (const [, name = ''] of text.matchAll(/"\$ref":"#\/\$defs\/([\w-]+)"/g)) {
      const definition = definitions.get(name);
      if (definition === undefined || used.has(name)) continue;
      used.set(name, definition);
      waiting.push(definition);
    }
  }
  return used.size > 0 ? { ...schema, $defs: Object.fromEntries(used) } : schema;
}

type CleanDefinitions = ReturnType<typeof cleanSchema>['definitions'];
