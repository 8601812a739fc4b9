// What importing the package costs a process: processor time and peak memory, beside bare Node and beside what it stands on.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { interleave, median, report } from './measure.mjs';

const rounds = 11;
const run = promisify(execFile);

const imports = {
  'bare Node': '0',
  pg: "await import('pg')",
  'the server of the MCP SDK': "await import('@modelcontextprotocol/sdk/server/index.js')",
  'movie-hub': "await import('movie-hub')",
  'movie-hub, and a server that is connected': `
    const { createTimeMcpServer } = await import('movie-hub');
    const { InMemoryTransport } = await import('@modelcontextprotocol/sdk/inMemory.js');
    await createTimeMcpServer().connect(InMemoryTransport.createLinkedPair()[0])`,
};

/** Runs code in a fresh process, and returns what the process took: ms of processor time, and MB at most. */
async function costOf(code) {
  const script = `${code};
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    process.stdout.write(JSON.stringify({ ms: (userCPUTime + systemCPUTime) / 1e3, mb: maxRSS / 1024 }))`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  return JSON.parse(stdout);
}

export default async function importing() {
  const variants = Object.entries(imports).map(([name, code]) => [name, () => costOf(code)]);
  const figures = await interleave(Object.fromEntries(variants), rounds);
  const of = (name, figure) => median(figures[name].map((each) => each[figure]));
  for (const name of Object.keys(imports)) {
    const ratio = (figure) => `${(of(name, figure) / of('bare Node', figure)).toFixed(2)} of bare Node`;
    process.stdout.write(`  ${name}: ${ratio('ms')} in time, ${ratio('mb')} in memory\n`);
    // What is aimed at is less than what a server of the SDK takes alone.
    const isOurs = name === 'movie-hub';
    const aim = (figure) => (isOurs ? of('the server of the MCP SDK', figure) : undefined);
    report('  processor time', of(name, 'ms'), 'ms', aim('ms'));
    report('  peak memory', of(name, 'mb'), 'MB', aim('mb'));
  }
}
