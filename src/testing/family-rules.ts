import type { JsonObject } from 'movie-hub';

type JsonValue = JsonObject[string];

/** An error as Bedrock sends it. */
export interface BedrockRefusal {
  status: number;
  type: string;
  message: string;
}

/** What a rule looks at: the JSON body of a request, and whether it was sent to ConverseStream. */
interface Request {
  readonly body: JsonObject;
  readonly streaming: boolean;
}

type Check = (request: Request) => string | undefined | false;

/**
 * What the families of models refuse, in the service's words, each with its source: AWS pages and reports of refused requests. Written
 * apart from the code that obeys it.
 */
const rules: ReadonlyArray<readonly [models: RegExp, source: string, check: Check]> = [
  // A tool's schema.
  [/amazon\.nova/, 'mcp-agent#126, Nova user guide "Tool use definition"', (request) => novaSchema(request)],
  [/anthropic\.claude/, 'goose#2150', (request) => claudeSchema(request)],
  [
    /amazon\.nova/,
    'Semoss#2892',
    ({ body }) => toolSpecs(body).some(({ name }) => String(name).includes('-')) && novaToolName,
  ],
  // A choice that forces a tool.
  [
    /meta\.llama|ai21\.jamba|writer\.|cohere\./,
    'bifrost#3196, harness-sdk#2075',
    ({ body }) => choice(body, 'any'),
  ],
  [
    /meta\.llama|ai21\.jamba|writer\.|cohere\.|mistral\.mistral-large-24/,
    'bifrost#3196',
    ({ body }) => choice(body, 'tool'),
  ],
  [
    /anthropic\.claude/,
    'harness-sdk#1495, pydantic-ai#3092',
    ({ body }) => {
      const fields = object(body.additionalModelRequestFields);
      const forced = Object.keys(object(object(body.toolConfig).toolChoice)).some((kind) => kind !== 'auto');
      return (
        forced &&
        'thinking' in fields &&
        modelErrors('Thinking may not be enabled when tool_choice forces tool use.')
      );
    },
  ],
  // Tools in a stream.
  [
    /meta\.llama|writer\.palmyra|mistral\.(pixtral|mistral-large-24|mistral-small-24)/,
    'n8n#14206, harness-sdk#393',
    ({ body, streaming }) =>
      streaming && toolSpecs(body).length > 0 && "This model doesn't support tool use in streaming mode.",
  ],
  [
    /deepseek\.r1|amazon\.titan/,
    'langchain-aws#447',
    ({ body }) => toolSpecs(body).length > 0 && "This model doesn't support tool use.",
  ],
  // The prompt cache.
  [
    /amazon\.nova/,
    'LibreChat#13838',
    ({ body }) =>
      holds(object(body.toolConfig).tools, 'cachePoint') &&
      novaMalformed('#/toolConfig/tools/0', 'cachePoint'),
  ],
  [/amazon\.nova/, 'zeroclaw#8720', ({ body }) => novaCachePoint(body)],
  [/anthropic\.claude/, 'opencode#36517', ({ body }) => cachePointAfterReasoning(body)],
  // Results of tools.
  [
    /writer\./,
    'harness-sdk#393',
    ({ body }) => results(body).some((result) => 'status' in result) && unsupported('status'),
  ],
  [/amazon\.nova|deepseek\.r1/, 'langchain-aws#401, oh-my-pi#9086', ({ body }) => reasoningInHistory(body)],
  [
    /openai\.|moonshot|minimax\.|zai\.|deepseek\.v|qwen\./,
    'harness-sdk#682, bifrost#6942',
    ({ body }) =>
      reasonings(body).some(({ reasoningText }) => 'signature' in object(reasoningText)) &&
      unsupported('reasoningContent.reasoningText.signature'),
  ],
  [/anthropic\.claude/, 'oh-my-pi#10486', ({ body }) => unsignedReasoning(body)],
  [
    /mistral\./,
    'opencode#48843, vercel/ai#11802',
    ({ body }) => toolUseIds(body).some((id) => !/^[a-zA-Z0-9]{9}$/.test(id)) && mistralId,
  ],
  [
    /meta\.llama|mistral\.mistral-large-24/,
    "langchain-aws's integration tests",
    ({ body }) => textBesideToolUse(body),
  ],
];

const cacheless =
  /anthropic\.claude-3-(opus|sonnet|haiku)|meta\.llama|mistral\.|deepseek\.|openai\.|qwen\.|writer\.|cohere\.|moonshot|ai21\.|minimax\.|zai\.|nvidia\./;

/** Returns the error that a request gets from a model of its family. A model of no known family refuses nothing here. */
export function familyRefusal(modelId: string, request: Request): BedrockRefusal | undefined {
  // By the service's words no matter of permissions. Source: harness-sdk#1807, litellm#39210.
  if (cacheless.test(modelId) && holds(request.body, 'cachePoint'))
    return {
      status: 403,
      type: 'AccessDeniedException',
      message: 'You invoked an unsupported model or your request did not allow prompt caching.',
    };
  for (const [models, , check] of rules) {
    const message = models.test(modelId) && check(request);
    if (message === novaToolName) return { status: 424, type: 'ModelErrorException', message };
    if (message) return { status: 400, type: 'ValidationException', message };
  }
  return undefined;
}

const novaToolName =
  'Model produced invalid sequence as part of ToolUse. Please refer to the model tool use troubleshooting guide.';
const mistralId = modelErrors('Tool call id was tooluse but must be a-z, A-Z, 0-9, with a length of 9.');

function modelErrors(text: string): string {
  return `The model returned the following errors: ${text}`;
}

function unsupported(field: string): string {
  return `This model doesn't support the ${field} field. Remove ${field} and try again.`;
}

function novaMalformed(at: string, key: string): string {
  return modelErrors(
    `Malformed input request: ${at}: extraneous key [${key}] is not permitted, please reformat your input and try again.`,
  );
}

function novaSchema({ body }: Request): string | undefined {
  const taken = ['type', 'properties', 'required'];
  for (const [index, { inputSchema }] of toolSpecs(body).entries()) {
    const schema = object(object(inputSchema).json);
    const key =
      Object.keys(schema).find((each) => !taken.includes(each)) ??
      (holds(schema, '$ref') ? '$ref' : undefined);
    if (key !== undefined) return novaMalformed(`#/toolConfig/tools/${index}/toolSpec/inputSchema/json`, key);
  }
  return undefined;
}

function claudeSchema({ body }: Request): string | undefined {
  const isUnited = ({ inputSchema }: JsonObject) =>
    ['oneOf', 'allOf', 'anyOf'].some((key) => key in object(object(inputSchema).json));
  const at = toolSpecs(body).findIndex(isUnited);
  return at < 0
    ? undefined
    : modelErrors(
        `tools.${at}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`,
      );
}

function choice(body: JsonObject, kind: 'any' | 'tool'): string | false {
  return kind in object(object(body.toolConfig).toolChoice) && unsupported(`toolConfig.toolChoice.${kind}`);
}

function novaCachePoint(body: JsonObject): string | undefined {
  for (const [index, content] of contents(body).entries()) {
    const at = content.findIndex((block) => 'cachePoint' in block);
    if (at >= 0 && !('text' in (content[at - 1] ?? {})))
      return novaMalformed(`#/messages/${index}/content/${at}`, 'cachePoint');
  }
  return undefined;
}

function cachePointAfterReasoning(body: JsonObject): string | false {
  const isAfter = contents(body).some((content) =>
    content.some((block, at) => 'cachePoint' in block && 'reasoningContent' in (content[at - 1] ?? {})),
  );
  return (
    isAfter &&
    'Cache point cannot be inserted after reasoning block. Please remove the invalid cache point and try again.'
  );
}

function reasoningInHistory(body: JsonObject): string | false {
  return (
    reasonings(body).length > 0 &&
    'User messages cannot contain reasoning content. Please remove the reasoning content and try again.'
  );
}

function unsignedReasoning(body: JsonObject): string | false {
  const isUnsigned = reasonings(body).some(
    ({ reasoningText }) => reasoningText !== undefined && !object(reasoningText).signature,
  );
  return isUnsigned && modelErrors('messages.1.content.0.thinking.signature: Field required');
}

function textBesideToolUse(body: JsonObject): string | false {
  const isMixed = contents(body).some(
    (content) => content.some((block) => 'toolUse' in block) && content.some((block) => 'text' in block),
  );
  return (
    isMixed &&
    'messages.1.content: Conversation blocks and tool use blocks cannot be provided in the same turn.'
  );
}

function toolSpecs(body: JsonObject): JsonObject[] {
  return list(object(body.toolConfig).tools).flatMap(({ toolSpec }) => (toolSpec ? [object(toolSpec)] : []));
}

function contents(body: JsonObject): JsonObject[][] {
  return list(body.messages).map(({ content }) => list(content));
}

function results(body: JsonObject): JsonObject[] {
  return contents(body)
    .flat()
    .flatMap(({ toolResult }) => (toolResult ? [object(toolResult)] : []));
}

function reasonings(body: JsonObject): JsonObject[] {
  return contents(body)
    .flat()
    .flatMap(({ reasoningContent }) => (reasoningContent ? [object(reasoningContent)] : []));
}

function toolUseIds(body: JsonObject): string[] {
  return contents(body)
    .flat()
    .flatMap(({ toolUse }) => (toolUse ? [String(object(toolUse).toolUseId)] : []));
}

function holds(value: JsonValue | undefined, key: string): boolean {
  return JSON.stringify(value ?? null).includes(`"${key}":`);
}

function object(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function list(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.map(object) : [];
}
