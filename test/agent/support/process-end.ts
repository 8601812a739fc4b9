import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const source = fileURLToPath(new URL('../../../src/', import.meta.url));

/**
 * Runs a module in a process of its own, and returns what it wrote.
 *
 * It has `runAgent`, `ScriptedModel` and `toolServer`, and must end by itself within the time given: a timer that was left behind, or a promise
 * that was rejected unseen, makes this reject.
 */
export async function runToEnd(code: string, timeoutMs: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'run-to-end-'));
  const outfile = join(folder, 'main.cjs');
  const imports = `import { runAgent } from './sdk/agent/run-agent';
    import { ScriptedModel } from './testing/scripted-model';
    import { toolServer } from '../test/agent/support/tool-server';`;
  try {
    await build({
      stdin: { contents: `${imports}\n(async () => {${code}})();`, resolveDir: source, loader: 'ts' },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['@aws-sdk/*'],
      logLevel: 'silent',
    });
    const { stdout } = await promisify(execFile)(process.execPath, [outfile], { timeout: timeoutMs });
    return stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}
