import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anchorsOf, linksOf, pageAt, pages, root } from './pages';

describe.each(pages)('$path', (page) => {
  test('leads only to what is there', () => {
    const dead = linksOf(page).filter(({ target, anchor }) => {
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(pageAt(target)).includes(anchor);
    });
    expect(dead).toEqual([]);
  });

  test('is short enough to be read', () => {
    // Blank lines and the table of figures do not make it longer to read.
    const lines = page.text.split('\n').length;
    expect(lines).toBeLessThanOrEqual(page.path === 'README.md' ? 250 : 120);
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
