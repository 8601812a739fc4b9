// What the agent's bench compares: a run of the agent, and the same loop written by hand on the AWS client.
import { BedrockRuntimeClient, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { runAgent } from 'movie-hub';

const modelId = 'bench.model-v1:0';
const toolCount = 20;

const system = 'You answer questions by looking things up with the tools you are given.';
const text = (description) => ({ type: 'string', description });
const inputSchema = {
  type: 'object',
  properties: {
    name: text('The name, in full.'),
    year: { type: 'integer', minimum: 1800, maximum: 2100, description: 'The year.' },
    limit: { type: 'integer', minimum: 1, maximum: 100, description: 'How many to return.' },
    sort: { ...text('Which come first.'), enum: ['newest', 'oldest'] },
  },
  required: ['name'],
  additionalProperties: false,
};
const tools = Array.from({ length: toolCount }, (_, index) => ({
  name: `find_things_${index}`,
  description: `Finds things of kind ${index} by name. Use it for any question about things of that kind.`,
  inputSchema,
}));
const rows = Array.from({ length: 20 }, (_, index) => ({ id: index, title: `Thing ${index}`, year: 1990 }));

/** A real client for the endpoint at `url`. */
export function awsClient(url) {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  return new BedrockRuntimeClient({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 });
}

/** A client of a server with 20 tools, each of which answers at once with 20 rows. */
export async function toolClient() {
  const server = new Server({ name: 'things', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }));
  server.setRequestHandler(CallToolRequestSchema, () => ({
    content: [{ type: 'text', text: JSON.stringify({ rows }) }],
    structuredContent: { rows },
  }));
  const [here, there] = InMemoryTransport.createLinkedPair();
  await server.connect(there);
  const client = new Client({ name: 'bench', version: '1' });
  await client.connect(here);
  return client;
}

/** Answers with `runAgent`, reading its events. */
export async function answerByAgent(aws, mcp, prompt, store) {
  let length = 0;
  const servers = mcp ? [mcp] : [];
  const run = runAgent({ client: aws, modelId, prompt, system, servers, ...(store && { store }) });
  for await (const event of run) if (event.type === 'text') length += event.text.length;
  return finished(await run.result, length);
}

/** Answers with `runAgent`, without reading an event before the end. */
export async function answerUnread(aws, prompt) {
  const run = runAgent({ client: aws, modelId, prompt, system });
  const result = await run.result;
  return finished(result, result.text.length);
}

function finished({ stopReason, turns, error }, length) {
  if (stopReason !== 'end_turn') throw error ?? new Error(`The run ended with ${stopReason}.`);
  return { turns, length };
}

/** Answers as one would by hand, trusting that nothing goes wrong. The tools are not listed anew. */
export async function answerByHand(aws, mcp, prompt) {
  const messages = [{ role: 'user', content: [{ text: prompt }] }];
  const toolConfig = mcp && {
    tools: tools.map(({ name, description }) => ({
      toolSpec: { name, description, inputSchema: { json: inputSchema } },
    })),
  };
  let length = 0;
  for (let turns = 1; ; turns += 1) {
    const command = new ConverseStreamCommand({ modelId, messages, system: [{ text: system }], toolConfig });
    const { stream } = await aws.send(command);
    const blocks = [];
    for await (const { contentBlockStart, contentBlockDelta } of stream) {
      if (contentBlockStart?.start?.toolUse)
        blocks[contentBlockStart.contentBlockIndex] = { ...contentBlockStart.start.toolUse, json: '' };
      if (contentBlockDelta?.delta.text !== undefined) {
        blocks[contentBlockDelta.contentBlockIndex] ??= { text: '' };
        blocks[contentBlockDelta.contentBlockIndex].text += contentBlockDelta.delta.text;
        length += contentBlockDelta.delta.text.length;
      }
      if (contentBlockDelta?.delta.toolUse)
        blocks[contentBlockDelta.contentBlockIndex].json += contentBlockDelta.delta.toolUse.input;
    }
    const content = blocks.map(({ text, json, toolUseId, name }) =>
      text === undefined ? { toolUse: { toolUseId, name, input: JSON.parse(json) } } : { text },
    );
    messages.push({ role: 'assistant', content });
    const uses = content.flatMap(({ toolUse }) => (toolUse ? [toolUse] : []));
    if (uses.length === 0) return { turns, length };
    const results = uses.map(async ({ toolUseId, name, input }) => {
      const { structuredContent } = await mcp.callTool({ name, arguments: input });
      return { toolResult: { toolUseId, content: [{ json: structuredContent }] } };
    });
    messages.push({ role: 'user', content: await Promise.all(results) });
  }
}
