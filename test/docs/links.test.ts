import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anchorsOf, linksOf, pageAt, pages, root } from './pages';

/** Pages for contributors: nobody reads them from start to end, so they may be longer. */
const others = ['CONTRIBUTING.md', 'SECURITY.md'].map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}));

test.each([...pages, ...others])('$path leads only to what is there', (page) => {
  const dead = linksOf(page).filter(({ target, anchor }) => {
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(join(root, target), 'utf8')).includes(anchor);
  });
  expect(dead).toEqual([]);
});

describe.each(pages)('$path', (page) => {
  test('is short enough to be read', () => {
    // Blank lines and the table of figures do not make it longer to read.
    const lines = page.text.split('\n').length;
    const most: Readonly<Record<string, number>> = { 'README.md': 250, 'CHANGELOG.md': 200 };
    expect(lines).toBeLessThanOrEqual(most[page.path] ?? 120);
  });
});

test('every page is found from the README', () => {
  const found = new Set(['README.md', 'CHANGELOG.md']);
  for (const path of found) {
    for (const { target } of linksOf({ path, text: pageAt(path) })) {
      if (pages.some((page) => page.path === target)) found.add(target);
    }
  }
  expect(pages.map((page) => page.path).filter((path) => !found.has(path))).toEqual([]);
});
