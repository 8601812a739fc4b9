import { appendFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

// An MCP server in a process of its own. Arguments: a file that gets the process's id, and how it behaves:
// `exits` at once, `hangs` without an answer, `stays` after its input has ended; `cleans-up` for a while then;
// `terminates` only when it is told to, and cleans up; `stubborn`: stays and takes long to heed SIGTERM; else it is
// well-behaved. What it does at its end it writes beside the file.
const [pidFile, behaviour] = process.argv.slice(2);
const note = (what) => appendFileSync(`${pidFile}.log`, `${what}\n`);
writeFileSync(pidFile, String(process.pid));
if (behaviour === 'exits') process.exit(3);
if (['stays', 'hangs', 'stubborn', 'terminates'].includes(behaviour)) setInterval(() => undefined, 1_000);
if (behaviour === 'cleans-up') {
  process.on('SIGTERM', () => note('SIGTERM'));
  process.stdin.once('end', async () => {
    note('input ended');
    await sleep(200);
    note('cleaned up');
    process.exit();
  });
}
if (behaviour === 'terminates' || behaviour === 'stubborn') {
  process.on('SIGTERM', async () => {
    note('SIGTERM');
    await sleep(behaviour === 'stubborn' ? 1_500 : 100);
    note('cleaned up');
    process.exit();
  });
}

const tools = {
  environment: () => JSON.stringify(process.env),
  folder: () => process.cwd(),
  die: () => process.exit(4),
};

if (behaviour !== 'hangs') {
  // Loaded late, so that the process has said that it is there as soon as it is.
  const { Server } = await import('@modelcontextprotocol/sdk/server/index.js');
  const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js');
  const { CallToolRequestSchema, ListToolsRequestSchema } = await import(
    '@modelcontextprotocol/sdk/types.js'
  );
  const server = new Server({ name: 'child', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.keys(tools).map((name) => ({
      name,
      description: `Does ${name}.`,
      inputSchema: { type: 'object' },
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => ({
    content: [{ type: 'text', text: tools[params.name]() }],
  }));
  await server.connect(new StdioServerTransport());
}
