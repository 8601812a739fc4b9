import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { checkLimits } from '../../src/sdk/agent/limits';
import { blocksOf, codeIn, pageAt, root, rowsOf, sectionOf } from './pages';

describe('docs/reference/runs.md', () => {
  const page = pageAt('docs/reference/runs.md');
  const limits = rowsOf(sectionOf(page, 'Limits'));
  const typeOf = typesIn(
    'src/sdk/agent/run-options.ts',
    'src/sdk/agent/events.ts',
    'src/sdk/agent/limits.ts',
  );

  test('has every option, and no other', () => {
    const options = [...rowsOf(sectionOf(page, 'Options')), ...limits].flatMap(([name = '']) => codeIn(name));
    const real = membersOf(typeOf('RunAgentOptions')).flatMap((member) => member.map(plain));
    expect(options.sort()).toEqual([...new Set(real)].sort());
  });

  test('has every limit with its default', () => {
    const documented = limits.map(([name = '', value = '']) => [
      codeIn(name)[0],
      value === 'none' ? undefined : Number(value.replaceAll(',', '')),
    ]);
    expect(Object.fromEntries(documented)).toEqual(checkLimits({}, undefined));
  });

  test('has the stop reason of every limit', () => {
    const documented = limits.flatMap(([, , , past = '']) => codeIn(past));
    expect(documented.sort()).toEqual(literalsOf(typeOf('LimitStopReason')).sort());
  });

  test('has every event with what it holds', () => {
    const documented = rowsOf(sectionOf(page, 'Events')).flatMap(([types = '', members = '']) =>
      codeIn(types).map((type) => [type, codeIn(members)] as const),
    );
    const real = partsOf(typeOf('AgentEvent')).map(({ type, members }) => [type, members] as const);
    const sorted = (events: readonly (readonly [string, readonly string[]])[]) =>
      Object.fromEntries(events.map(([type, members]) => [type, [...members].sort()]));
    expect(sorted(documented)).toEqual(sorted(real));
  });

  test('has what a result holds', () => {
    const [reported = ''] = sectionOf(page, 'Result').split('\n|');
    const [members = []] = membersOf(typeOf('AgentResult'));
    expect(codeIn(reported)).toEqual(
      expect.arrayContaining(members.map((name) => name.replace('error?', 'error'))),
    );
  });
});

const runnable = ['test-an-agent', 'evaluate-an-agent', 'keep-a-run', 'answer-in-a-form'].flatMap((name) =>
  blocksOf({ path: `${name}.md`, text: pageAt(`docs/how-to/${name}.md`) }),
);
test.each(runnable.filter(({ code }) => code.includes('assert.')))(
  'the block of $page at line $line runs on the built package, and finds all as it should be',
  async ({ code }) => {
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    const args = ['--input-type=module', '--eval', outputText];
    await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 240_000 });
    // The same block with another expectation fails: it does check something.
    const wrong = args.with(2, outputText.replace(/assert\.(equal|deepEqual)\(/, 'assert.notDeepEqual('));
    const failing = promisify(execFile)(process.execPath, wrong, { cwd: root, timeout: 240_000 });
    await expect(failing).rejects.toMatchObject({ stderr: expect.stringContaining('AssertionError') });
  },
);

/** The exported types of some modules, by name. */
function typesIn(...paths: string[]) {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const files = paths.map((path) => join(root, path));
  const program = ts.createProgram([...files, join(root, 'src/sql.d.ts')], options);
  const checker = program.getTypeChecker();
  return (name: string): ts.Type => {
    for (const file of files) {
      const source = program.getSourceFile(file);
      const module = source && checker.getSymbolAtLocation(source);
      const symbol = module && checker.getExportsOfModule(module).find((each) => each.name === name);
      if (symbol) return checker.getDeclaredTypeOfSymbol(symbol);
    }
    throw new Error(`There is no type ${name}.`);
  };
}

/** The names of a type's members, of each part of a union by itself; an optional one ends in `?`. */
function membersOf(type: ts.Type): string[][] {
  return (type.isUnion() ? type.types : [type]).map((part) =>
    part
      .getProperties()
      .map(({ name, flags }) => ((flags & ts.SymbolFlags.Optional) === 0 ? name : `${name}?`)),
  );
}

/** The members of a union that is discriminated by `type`, with their other properties. */
function partsOf(union: ts.Type): { type: string; members: string[] }[] {
  return (union.isUnion() ? union.types : []).map((part) => {
    const declaration = part.getProperty('type')?.valueDeclaration;
    const literal = declaration && ts.isPropertySignature(declaration) ? declaration.type?.getText() : '';
    const [members = []] = membersOf(part);
    return { type: (literal ?? '').replaceAll("'", ''), members: members.filter((name) => name !== 'type') };
  });
}

function literalsOf(union: ts.Type): string[] {
  return (union.isUnion() ? union.types : []).flatMap((part) => (part.isStringLiteral() ? [part.value] : []));
}

function plain(member: string): string {
  return member.replace('?', '');
}
