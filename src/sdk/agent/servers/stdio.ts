import type { ChildProcess } from 'node:child_process';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import spawn from 'cross-spawn';
import { repairMessage } from './lenient';
import type { StdioConnection } from './transports';

/** Characters of a server's error output that are kept. */
const maxErrorOutput = 4_096;

/** Environment variables that a server gets of this process: what every process needs, and nothing that may be secret. */
const inheritedVariables =
  process.platform === 'win32'
    ? [
        ...['APPDATA', 'HOMEDRIVE', 'HOMEPATH', 'LOCALAPPDATA', 'PATH', 'PROCESSOR_ARCHITECTURE'],
        ...['PROGRAMFILES', 'SYSTEMDRIVE', 'SYSTEMROOT', 'TEMP', 'USERNAME', 'USERPROFILE'],
      ]
    : ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER'];

/** A server as a process of its own, in a process group of its own: a server behind `npx` or `sh -c` ends with them. */
export class StdioTransport implements Transport {
  onmessage?: (message: JSONRPCMessage) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly #connection: StdioConnection;
  #process: ChildProcess | undefined;
  #rest = '';
  #errorOutput = '';

  constructor(connection: StdioConnection) {
    this.#connection = connection;
  }

  /** The end of what the process wrote to its error output. */
  get errorOutput(): string {
    return this.#errorOutput;
  }

  start(): Promise<void> {
    const { command, args = [], env, cwd, keepStderr = true } = this.#connection;
    const inherited = inheritedVariables.map((name) => [name, process.env[name]]);
    const child = spawn(command, [...args], {
      env: { ...Object.fromEntries(inherited), ...env },
      ...(cwd !== undefined && { cwd }),
      stdio: ['pipe', 'pipe', keepStderr ? 'pipe' : 'ignore'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    this.#process = child;
    child.stdin?.on('error', (error) => this.onerror?.(error));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errorOutput = (this.#errorOutput + text).slice(-maxErrorOutput);
    });
    child.once('close', () => this.onclose?.());
    return new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
  }

  send(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      const stdin = this.#process?.stdin;
      if (!stdin?.writable) return reject(new Error('The server has ended.'));
      stdin.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Ends the process and those that it started. Takes about 1.5 s at most, and never rejects. */
  async close(): Promise<void> {
    const child = this.#process;
    if (child?.pid === undefined) return;
    await endProcess(child.pid, () => child.stdin?.end());
    // A process that left the group may hold the pipes open.
    for (const stream of [child.stdout, child.stderr]) stream?.destroy();
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() === '') continue;
      let message: unknown;
      try {
        message = repairMessage(JSON.parse(line));
      } catch (error) {
        // Servers that log to their output: the line is lost, and nothing else.
        this.onerror?.(error as Error);
        continue;
      }
      for (const one of [message].flat()) this.onmessage?.(one as JSONRPCMessage);
    }
  }
}
