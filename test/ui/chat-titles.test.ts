import type { JsonObject } from 'movie-hub';
import { describe, expect, test } from 'vitest';
import { renderMarkdown } from '../../src/ui/chat/markdown';
import { titleLinksOf } from '../../src/ui/chat/title-links';
import { renderHtml } from '../../src/ui/html';

const url = (titleId: number) => `/hub/movies/${titleId}`;

/** Renders an answer after one tool call with this result. */
function rendered(answer: string, result: JsonObject): string {
  const outcome = { isError: false, milliseconds: 1, structuredContent: result };
  const links = titleLinksOf([{ name: 'a_tool', arguments: {}, outcome }], url);
  return renderHtml(renderMarkdown(answer, links)).trim();
}

const titled = (...titles: string[]): JsonObject => ({
  roles: titles.map((title, index) => ({ title_id: index + 1, title, type: 'movie' })),
});

describe('a title in an answer', () => {
  test.each<[string, string, JsonObject, string]>([
    ['in a sentence', 'He is in Fargo.', titled('Fargo'), 'He is in <a href="/hub/movies/1">Fargo</a>.'],
    [
      'twice',
      'Fargo, Fargo',
      titled('Fargo'),
      '<a href="/hub/movies/1">Fargo</a>, <a href="/hub/movies/1">Fargo</a>',
    ],
    ['before an apostrophe', 'Fargo’s end', titled('Fargo'), '<a href="/hub/movies/1">Fargo</a>’s end'],
    ['in bold', 'See **Fargo**', titled('Fargo'), 'See <strong><a href="/hub/movies/1">Fargo</a></strong>'],
    ['within a word', 'Fargos and aFargo', titled('Fargo'), 'Fargos and aFargo'],
    ['within a word of other letters', 'éFargo Fargoж Fargo_', titled('Fargo'), 'éFargo Fargoж Fargo_'],
    ['in another case', 'fargo', titled('Fargo'), 'fargo'],
    [
      'the longest',
      'Kill Bill: Vol. 2',
      titled('Kill Bill', 'Kill Bill: Vol. 2'),
      '<a href="/hub/movies/2">Kill Bill: Vol. 2</a>',
    ],
    ['that is a word, in a sentence', 'It is in Up now', titled('It', 'Up'), 'It is in Up now'],
    [
      'that is a word, alone',
      '**It** is it',
      titled('It'),
      '<strong><a href="/hub/movies/1">It</a></strong> is it',
    ],
    [
      'with signs of its own',
      'See Mother! (M.) now',
      titled('Mother! (M.)'),
      'See <a href="/hub/movies/1">Mother! (M.)</a> now',
    ],
    ['in code', '`Fargo`', titled('Fargo'), '<code>Fargo</code>'],
    [
      'in a link',
      '[Fargo](https://example.com/)',
      titled('Fargo'),
      '<a href="https://example.com/" rel="noopener noreferrer nofollow">Fargo</a>',
    ],
    ['that no result names', 'Casablanca', titled('Fargo'), 'Casablanca'],
    ['of two with the same title', 'Fargo', titled('Fargo', 'Fargo'), '<a href="/hub/movies/1">Fargo</a>'],
    [
      'by its original title',
      'Le fabuleux',
      { title: { title_id: 7, title: 'Amélie', original_title: 'Le fabuleux' } },
      '<a href="/hub/movies/7">Le fabuleux</a>',
    ],
    ['without a number', 'Fargo', { title: 'Fargo' }, 'Fargo'],
    ['with a number that is none', 'Fargo', { title: 'Fargo', title_id: '../logout' }, 'Fargo'],
    ['with a number below 1', 'Fargo', { title: 'Fargo', title_id: -1 }, 'Fargo'],
  ])('%s', (_, answer, result, expected) => {
    expect(rendered(answer, result)).toBe(`<p>${expected}</p>`);
  });

  test.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '<hx-partial hx-target="#turns">gone</hx-partial>',
    "' onmouseover='alert(1)",
    '&lt;b&gt; &amp;',
    'a-b/c.d*e+f?g(h)[i]{j}|k^l$m\\n',
    '\u2028 \u0000 \u{1f3ac} film',
    '$& $1 $`',
    '(?:)',
    '|',
  ])('is only text, whatever it is: %j', (title) => {
    // Fenced off by words, and escaped so that markdown takes it as it is.
    const escaped = title.replace(/[!-/:-@[-`{-~]/g, '\\$&');
    const markup = rendered(`See ${escaped} now`, titled(title));
    const plain = renderHtml(renderMarkdown(`See ${escaped} now`)).trim();
    expect(markup.replace(/<a href="\/hub\/movies\/1">|<\/a>/g, '')).toBe(plain);
    expect((markup.match(/<[a-z/!]/gi) ?? []).length).toBeLessThanOrEqual(4);
    expect(markup).not.toMatch(/<(?!\/?(p|a)\b)/);
  });

  test('is looked for among the first 300 titles', () => {
    const many = titled(...Array.from({ length: 5000 }, (_, index) => `Title number ${index} of many`));
    const markup = rendered('Title number 299 of many, Title number 300 of many. '.repeat(500), many);
    expect(markup.match(/<a /g)).toHaveLength(500);
    expect(markup).not.toContain('/hub/movies/301');
  });

  test('is no link where a call failed, or no call was made', () => {
    const outcome = { isError: true, milliseconds: 1, content: 'Fargo' };
    const links = titleLinksOf([{ name: 'a', arguments: { title_id: 1, title: 'Fargo' }, outcome }], url);
    expect(links.size).toBe(0);
    expect(renderHtml(renderMarkdown('Fargo'))).toBe('<p>Fargo</p>\n');
  });
});
