import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { type Block, blocksOf, pages, root } from './pages';

const blocks = pages.flatMap(blocksOf);

test('every TypeScript block of the documentation compiles as it stands', () => {
  const typescript = blocks.filter((block) => block.language === 'ts');
  expect(typescript.length).toBeGreaterThan(10);
  expect(problemsOf(typescript)).toEqual([]);
});

test('a block that names what is not there does not compile', () => {
  const block = (code: string): Block => ({ page: 'made-up.md', line: 1, language: 'ts', code });
  expect(problemsOf([block("import { runAgents } from 'movie-hub';\nrunAgents();\n")])).toEqual([
    expect.stringContaining('made-up.md:1 \'"movie-hub"\' has no exported member named'),
  ]);
  const wrong = "import { createTimeMcpServer } from 'movie-hub';\n\ncreateTimeMcpServer({ clock: 1 });\n";
  expect(problemsOf([block(wrong)])).toEqual([
    expect.stringContaining("made-up.md:3 Object literal may only specify known properties, and 'clock'"),
  ]);
});

test('every JSON block is JSON', () => {
  for (const { code } of blocks.filter((block) => block.language === 'json')) JSON.parse(code);
});

test('every block says what language it is in', () => {
  const known = ['ts', 'json', 'sh', 'sql', 'text'];
  expect(blocks.filter((block) => !known.includes(block.language))).toEqual([]);
});

/** Compiles each block as a module that lies in the repository, with the repository's own settings. */
function problemsOf(given: readonly Block[]): string[] {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const files = new Map(given.map((block, i) => [join(root, `docs-block-${i}.ts`), block]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path)?.code ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const block = files.get(path);
    return block ? ts.createSourceFile(path, block.code, version) : getSourceFile(path, version, ...rest);
  };
  // A block shows one thing; what it makes is used by the reader.
  const settings = { ...options, noUnusedLocals: false };
  const declarations = ['src/sql.d.ts', 'test/docs/openid-client.d.ts'].map((path) => join(root, path));
  const program = ts.createProgram([...files.keys(), ...declarations], settings, host);
  return [...files].flatMap(([path, block]) => {
    const source = program.getSourceFile(path);
    return ts
      .getPreEmitDiagnostics(program, source)
      .filter((problem) => problem.file === source)
      .map((problem) => {
        const line = source?.getLineAndCharacterOfPosition(problem.start ?? 0).line ?? 0;
        return `${block.page}:${block.line + line} ${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`;
      });
  });
}
