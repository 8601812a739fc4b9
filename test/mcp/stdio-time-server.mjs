import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createTimeMcpServer } from 'movie-hub';

// The time server of the built package in a child process: its clock stands at the moment that it is started with.
const [moment = ''] = process.argv.slice(2);
await createTimeMcpServer({ now: () => new Date(moment) }).connect(new StdioServerTransport());
