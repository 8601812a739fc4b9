import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createQueryMcpServer, defineEntitlements, defineQueryTool } from 'movie-hub';
import { openEmbeddedDatabase } from 'movie-hub/dataset';
import pg from 'pg';

// Query tools of the built package in a child process, on the server of a URL or on an embedded database of its own.
const { url, setup, role, tools } = JSON.parse(process.argv[2] ?? '');

const database = url === undefined ? await openEmbeddedDatabase() : undefined;
const pool = database?.pool ?? new pg.Pool({ connectionString: url, max: 1 });
if (database) for (const statement of setup) await pool.query(statement);
process.stdin.once('end', () => (database ? database.close() : pool.end()));

const server = createQueryMcpServer(pool, defineEntitlements({ role, settings: {} }), {
  name: 'values',
  version: '1',
  instructions: 'Values.',
  tools: tools.map((tool) => defineQueryTool(tool)),
});
await server.connect(new StdioServerTransport());
