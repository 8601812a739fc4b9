// Changes lines of src/sdk one at a time, and reports which changes no test notices. It works in a copy of the tree.
//   npm run test:mutation -- [--lines 200] [--seed 1] [--only src/sdk/tools] [--at src/sdk/abort.ts:12,src/sdk/errors.ts:70]
// All are compiled in at once, each behind a switch. Only the test files that reach one are run with it, until one fails, or 60 `--seconds`.
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import ts from 'typescript';
import { createVitest } from 'vitest/node';

const text = (byDefault) => ({ type: 'string', default: byDefault });
const { values: options } = parseArgs({
  options: { lines: text('200'), seed: text('1'), only: text('src/sdk'), at: text(''), seconds: text('60') },
});
const root = join(import.meta.dirname, '..');
const copy = mkdtempSync(join(tmpdir(), 'movie-hub-mutation-'));
const names = ['active', 'reached', 'switch.mjs', 'config.mjs'].map((name) => join(copy, `mutation.${name}`));
const [activeFile, reachedFile, switchFile, config] = names;
/** Tests of the hub, the commands and the docs reach the SDK too, but take longer. */
const testsOfSdk = /^test\/(unit|agent|mcp|database)\//;
const print = (text) => process.stdout.write(`${text}\n`);
let vitest;

process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
/** Vitest would end the process before the tests' servers have ended. */
function takeSignals() {
  const end = async () => process.exit((await vitest?.close()) ?? 130);
  for (const signal of ['SIGINT', 'SIGTERM']) process.removeAllListeners(signal).on(signal, end);
}
takeSignals();

async function main() {
  const mutants = sample(findMutants());
  makeCopy(mutants);
  process.chdir(copy);
  vitest = await createVitest('test', { root: copy, config, watch: false, reporters: [{}] });
  takeSignals();
  await vitest.standalone();
  const tests = [];
  for (const specification of await vitest.globTestSpecifications()) {
    const file = relative(copy, specification.moduleId);
    if (!testsOfSdk.test(file)) continue;
    const began = performance.now();
    const reached = await run(specification, -1, 300_000);
    const ms = performance.now() - began;
    if (reached) tests.push({ file, specification, reached, ms, killed: new Set() });
    else print(`Left out, for it fails without a change: ${file}`);
  }
  tests.sort((a, b) => a.ms - b.ms);
  const count = { killed: 0, survived: 0, 'not covered': 0 };
  for (const [index, mutant] of mutants.entries()) {
    const reaching = tests.filter(({ reached }) => reached.has(index));
    // Those first that ended a change of this file before, then those of a folder of that name.
    const rank = ({ killed, file }) => 2 * killed.has(mutant.path) + mutant.path.includes(file.split('/')[1]);
    reaching.sort((a, b) => rank(b) - rank(a));
    const [began, tried] = [performance.now(), []];
    let outcome = reaching.length > 0 ? 'survived' : 'not covered';
    for (const test of reaching) {
      if (outcome === 'killed' || performance.now() - began > 1000 * Number(options.seconds)) break;
      tried.push(test.file);
      if (await run(test.specification, index, 20_000 + 4 * test.ms)) continue;
      test.killed.add(mutant.path);
      outcome = 'killed';
    }
    count[outcome] += 1;
    const by = outcome === 'killed' ? tried.at(-1) : `${tried.length} of ${reaching.length} files`;
    print(`${outcome.padEnd(11)} ${mutant.path}:${mutant.line}  ${mutant.what}  (${by})`);
  }
  print(JSON.stringify(count));
}

/** Runs a test file, among those that ran before, with one change on. Returns the changes that it reached, or undefined if it failed. */
async function run(specification, index, limitMs) {
  writeFileSync(activeFile, JSON.stringify({ index, limitMs }));
  writeFileSync(reachedFile, '');
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications([specification]);
  const module = testModules.find((each) => each.moduleId === specification.moduleId);
  if (unhandledErrors.length > 0 || !module?.ok()) return undefined;
  return new Set(readFileSync(reachedFile, 'utf8').split('\n').filter(Boolean).map(Number));
}

/** Returns every change that the operators allow in the files that were asked for. */
function findMutants() {
  const found = [];
  for (const name of readdirSync(join(root, 'src/sdk'), { recursive: true })) {
    const path = `src/sdk/${name.replaceAll('\\', '/')}`;
    if (!path.endsWith('.ts') || basename(path) === 'index.ts' || !path.startsWith(options.only)) continue;
    const text = readFileSync(join(root, path), 'utf8');
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    const visit = (node) => {
      if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
      for (const [name, render] of operatorsOf(node)) {
        const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
        const what = `${name}: ${node.getText().replace(/\s+/g, ' ').slice(0, 70)}`;
        const same = found.filter((each) => each.path === path && each.what === what).length;
        found.push({ path, line, what, same, start: node.getStart(), end: node.end, render });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

/** Returns the changes of a node: a name, and a function that writes the node with the change behind the switch `on`. */
function operatorsOf(node) {
  const { parent = node } = node;
  const all = [];
  const isTest = ts.isIfStatement(parent) || ts.isWhileStatement(parent);
  if ((isTest && parent.expression === node) || parent.condition === node)
    all.push(['negate', (on, write) => `(${on} !== !!(${write(node)}))`]);
  if (ts.isBinaryExpression(node)) {
    const operator = node.operatorToken.getText();
    const other = swaps[operator];
    const join = (write, by) => `(${write(node.left)}) ${by} (${write(node.right)})`;
    if (other) all.push([other, (on, write) => `(${on} ? ${join(write, other)} : ${join(write, operator)})`]);
  }
  const isSuper = node.expression?.expression?.kind === ts.SyntaxKind.SuperKeyword;
  if ((ts.isExpressionStatement(node) || ts.isThrowStatement(node)) && !isSuper)
    all.push(['drop', (on, write) => `{ if (!${on}) { ${write(node)} } }`]);
  if (ts.isReturnStatement(node) && (node.expression?.getText() ?? 'undefined') !== 'undefined')
    all.push(['return nothing', (on, write) => `{ if (${on}) return; ${write(node)} }`]);
  if ([parent.name, parent.propertyName].includes(node)) return all;
  if (parent.expression?.kind === ts.SyntaxKind.ImportKeyword) return all;
  if (ts.isNumericLiteral(node)) all.push(['one more', (on, write) => `(${write(node)} + (${on} ? 1 : 0))`]);
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword)
    all.push(['not', (on, write) => `(${on} !== ${write(node)})`]);
  // A text with a space in it is for people to read.
  if (ts.isStringLiteral(node) && !/\s/.test(node.text))
    all.push(['other text', (on, write) => `(${on} ? '${node.text === '' ? 'x' : ''}' : ${write(node)})`]);
  return all;
}

const pairs = '< <=,<= <,> >=,>= >,=== !==,!== ===,&& ||,|| &&,- +,* /,/ *,?? &&'.split(',');
const swaps = Object.fromEntries(pairs.map((pair) => pair.split(' ')));

/** Chooses as many lines as were asked for, and one change of each. The same seed chooses the same lines while they stay as they are. */
function sample(found) {
  if (options.at) return found.filter(({ path, line }) => options.at.split(',').includes(`${path}:${line}`));
  const hashOf = (text) => createHash('sha1').update(text).digest('hex');
  const rankOf = ({ path, what, same }) => hashOf(options.seed + path + what + same);
  const lines = new Set();
  return found
    .sort((a, b) => rankOf(a).localeCompare(rankOf(b)))
    .filter(({ path, line }) => !lines.has(`${path}:${line}`) && lines.add(`${path}:${line}`))
    .slice(0, Number(options.lines));
}

/** Copies the tree, with all changes in it, and what switches them. */
function makeCopy(mutants) {
  const leftOut = new Set(['node_modules', '.git', '.movie-hub'].map((name) => join(root, name)));
  cpSync(root, copy, { recursive: true, filter: (path) => !leftOut.has(path) });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const numbered = mutants.map((mutant, index) => ({ ...mutant, index }));
  numbered.sort((a, b) => a.start - b.start || b.end - a.end);
  for (const path of new Set(mutants.map((each) => each.path))) {
    const text = readFileSync(join(root, path), 'utf8');
    const write = (from, to, all) => {
      let [done, at] = ['', from];
      for (const each of all.filter(({ start, end }) => start >= from && end <= to)) {
        if (each.start < at) continue;
        const others = all.filter((other) => other !== each);
        done += text.slice(at, each.start);
        done += each.render(`__on(${each.index})`, (node) => write(node.getStart(), node.end, others));
        at = each.end;
      }
      return done + text.slice(at, to);
    };
    const here = numbered.filter((each) => each.path === path);
    writeFileSync(join(copy, path), `import { __on } from '${switchFile}'; ${write(0, text.length, here)}`);
  }
  // A test file that a change keeps from ending is ended from another thread.
  writeFileSync(
    switchFile,
    `import { appendFileSync, readFileSync } from 'node:fs';
     import { Worker } from 'node:worker_threads';
     const { index: active, limitMs } = JSON.parse(readFileSync('${activeFile}', 'utf8'));
     const reached = new Set();
     export const __on = (index) => {
       if (!reached.has(index)) appendFileSync('${reachedFile}', index + '\\n');
       reached.add(index);
       return index === active;
     };
     if (process.env.VITEST_WORKER_ID)
       new Worker('setTimeout(() => process.kill(process.pid, "SIGKILL"), ' + limitMs + ')', { eval: true }).unref();`,
  );
  writeFileSync(
    config,
    `import lanes from './vitest.config.ts';
     export default (env) => {
       const config = lanes({ ...env, mode: 'fast' });
       for (const { test } of config.test.projects) Object.assign(test, { isolate: true, maxWorkers: 1 });
       return { ...config, cacheDir: '.vite' };
     };`,
  );
}

await main().finally(() => vitest?.close());
