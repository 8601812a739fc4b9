/** What the models of one family take on Bedrock. With anything else Bedrock refuses the whole request. */
export interface ModelFamily {
  readonly name: string;
  /** Choices that force a tool; undefined where nobody knows: then a run tries, and remembers a refusal. */
  readonly toolChoices?: ReadonlyArray<'any' | 'tool'>;
  /** Whether a choice that forces a tool is refused while the model reasons. */
  readonly forcesNoToolWhileReasoning?: true;
  /** Where points of the prompt cache may be: after the tools, the system prompt, a text, or the results of tools. */
  readonly cachePoints: ReadonlyArray<'tools' | 'system' | 'text' | 'results'>;
  /** Whether results of tools may have a `status`. */
  readonly resultStatus: boolean;
  /** The reasoning of its own that it takes back. Unsigned reasoning is refused by most, and makes later answers of others worse. */
  readonly reasoning: 'signed' | 'any' | 'none';
  /** Whether an answer may hold text beside a request for a tool. */
  readonly textBesideToolUse: boolean;
  /** Letters and digits of a `toolUseId`, where other lengths are refused. */
  readonly toolUseIdLength?: number;
  /** Whether names of tools may contain hyphens. */
  readonly hyphensInNames: boolean;
  /** Whether ConverseStream takes tools. */
  readonly streamsTools: boolean;
  /** The tag around the reasoning at the head of an answer's text. */
  readonly reasoningTag?: string;
}

/** What nearly all families have in common. */
const common: Omit<ModelFamily, 'name'> = {
  cachePoints: [],
  resultStatus: true,
  reasoning: 'none',
  textBesideToolUse: true,
  hyphensInNames: true,
  streamsTools: true,
};

const claude = { ...common, toolChoices: ['any', 'tool'], reasoning: 'signed' } as const;
const mistral = { ...common, toolUseIdLength: 9 } as const;

/**
 * Each family with the pattern of its model ids. The first that matches counts.
 *
 * Sources: the AWS pages "Supported models and model features", "Prompt caching" and "ToolChoice", Nova's user guide, and reports of
 * refused requests: langchain-aws#141, #401, #783, #1141, #1268, vercel/ai#11802, harness-sdk#393, #682, #1807, LibreChat#13838,
 * bifrost#3196, goose#2150, Semoss#2892. What differs among them is left out here, and learned from the first refusal.
 */
const table: ReadonlyArray<readonly [RegExp, ModelFamily]> = [
  [/\bclaude-(instant|v2|3-(opus|sonnet|haiku)|3-5-sonnet-20240620)/, { ...claude, name: 'claude-3' }],
  [
    /\banthropic\.claude/,
    {
      ...claude,
      name: 'claude',
      cachePoints: ['tools', 'system', 'text', 'results'],
      forcesNoToolWhileReasoning: true,
    },
  ],
  [
    /\bamazon\.nova/,
    {
      ...common,
      name: 'nova',
      toolChoices: ['any', 'tool'],
      cachePoints: ['system', 'text'],
      hyphensInNames: false,
      reasoningTag: 'thinking',
    },
  ],
  [
    /\bmeta\.llama/,
    { ...common, name: 'llama', toolChoices: [], textBesideToolUse: false, streamsTools: false },
  ],
  [
    /\bmistral\.mistral-large-24/,
    {
      ...mistral,
      name: 'mistral-large',
      toolChoices: ['any'],
      textBesideToolUse: false,
      streamsTools: false,
    },
  ],
  [
    /\bmistral\.(mistral-small-24|pixtral|mi[sx]tral-[78])/,
    { ...mistral, name: 'mistral-2024', streamsTools: false },
  ],
  [/\bmistral\./, { ...mistral, name: 'mistral' }],
  [/\bdeepseek\./, { ...common, name: 'deepseek' }],
  [/\bopenai\.gpt-oss/, { ...common, name: 'gpt-oss', toolChoices: ['any', 'tool'] }],
  [/\bqwen\./, { ...common, name: 'qwen' }],
  [
    /\bwriter\.palmyra/,
    { ...common, name: 'palmyra', toolChoices: [], resultStatus: false, streamsTools: false },
  ],
  [/\bcohere\.command/, { ...common, name: 'cohere', toolChoices: [] }],
  [/\bmoonshot(ai)?\.kimi/, { ...common, name: 'kimi', toolChoices: ['any', 'tool'] }],
  [/\bai21\.jamba/, { ...common, name: 'jamba', toolChoices: [] }],
  [/\bminimax\./, { ...common, name: 'minimax' }],
  [/\bzai\.glm/, { ...common, name: 'glm', toolChoices: ['any', 'tool'] }],
  [/\bnvidia\.nemotron/, { ...common, name: 'nemotron' }],
];

/** The families that are known, by name. Other models are asked as given, and what they refuse is remembered. */
export const modelFamilies: readonly ModelFamily[] = table.map(([, family]) => family);

/** Finds the family of a model by its id, an inference profile's id, an ARN that names the model, or the family's own name. */
export function familyOf(model: string): ModelFamily | undefined {
  const named = modelFamilies.find(({ name }) => name === model);
  return named ?? table.find(([pattern]) => pattern.test(model))?.[1];
}
