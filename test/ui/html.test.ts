import { describe, expect, test } from 'vitest';
import { html, renderHtml, unsafeHtml } from '../../src/ui/html';

describe('html', () => {
  test.each([
    ['markup', '<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['htmx elements', '<hx-partial hx-target="#main">', '&lt;hx-partial hx-target=&quot;#main&quot;&gt;'],
    ['double quotes', '" autofocus onfocus="x', '&quot; autofocus onfocus=&quot;x'],
    ['single quotes', "' x='", '&#39; x=&#39;'],
    ['backticks', '`x`', '&#96;x&#96;'],
    ['ampersands', 'a &lt; b & c', 'a &amp;lt; b &amp; c'],
  ])('escapes %s in content and in attributes', (_, text, escaped) => {
    expect(renderHtml(html`<p title="${text}">${text}</p>`)).toBe(`<p title="${escaped}">${escaped}</p>`);
  });

  test('renders markup, lists, numbers and nothing-values', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`);
    const page = html`<ul>${items}</ul>${0}${null}${undefined}${false}${[1, html`<br>`, ['x', null]]}`;
    expect(renderHtml(page)).toBe('<ul><li>a</li><li>&lt;b&gt;</li></ul>01<br>x');
  });

  test('takes no object that merely looks like markup', () => {
    const fromJson = JSON.parse('{"text":"<b>","markup":"<b>"}');
    expect(() => renderHtml(html`${fromJson}`)).toThrow(TypeError);
    expect(renderHtml(html`${unsafeHtml('<b>')}`)).toBe('<b>');
  });
});
