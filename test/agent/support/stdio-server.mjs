import { writeFileSync } from 'node:fs';

// An MCP server in a process of its own. Arguments: a file that gets the process's id, and how it behaves:
// `exits` at once, `hangs` without an answer, `stays` after its input has ended; else it is well-behaved.
const [pidFile, behaviour] = process.argv.slice(2);
writeFileSync(pidFile, String(process.pid));
if (behaviour === 'exits') process.exit(3);
if (behaviour === 'stays' || behaviour === 'hangs') setInterval(() => undefined, 1_000);

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
