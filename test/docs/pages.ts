import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A page of the documentation. */
export interface Page {
  /** Path in the repository. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** Line of the block's first line, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

/** Every page that users read: the README, the changelog and all of docs. */
export const pages: readonly Page[] = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('docs', path)),
].map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** Returns a page by its path in the repository. */
export function pageAt(path: string): string {
  const page = pages.find((each) => each.path === path);
  if (page === undefined) throw new Error(`There is no page ${path}.`);
  return page.text;
}

/** Returns the fenced blocks of a page. */
export function blocksOf({ path, text }: Page): Block[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    page: path,
    line: text.slice(0, match.index).split('\n').length + 1,
    language: match[1] ?? '',
    code: match[2] ?? '',
  }));
}

/** Returns the text of a section: from the heading of that title to the next one of its level or above. */
export function sectionOf(text: string, title: string): string {
  const [heading, hashes] = new RegExp(`^(#+) ${title}\\b.*$`, 'm').exec(text) ?? [];
  if (heading === undefined || hashes === undefined) throw new Error(`There is no section ${title}.`);
  const rest = text.slice(text.indexOf(heading) + heading.length);
  return rest.split(new RegExp(`^#{1,${hashes.length}} `, 'm'))[0] ?? '';
}

/** Returns the cells of the rows of the tables in a text, without headings. */
export function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line, i, lines) => line.startsWith('|') && !isHeading(line, lines[i + 1]))
    .map((line) => line.slice(1, -1).split(/(?<!\\)\|/))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll('\\|', '|')));
}

/** Returns what stands between backticks. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Where a page's relative links lead: path in the repository, and anchor. */
export function linksOf({ path, text }: Page): { target: string; anchor: string | undefined }[] {
  return [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [file, anchor] = link.split('#');
      return { target: file ? join(dirname(path), file) : path, anchor };
    });
}

function withoutBlocks(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

function isHeading(line: string, next: string | undefined): boolean {
  return /^\|[-| :]+\|$/.test(line) || /^\|[-| :]+\|$/.test(next ?? '');
}
