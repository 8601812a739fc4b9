import MarkdownIt, { type StateCore, type Token } from 'markdown-it';
import { type Html, unsafeHtml } from '../html';
import { type LinkedPiece, type TitleLinks, titleSplitter } from './title-links';

/**
 * Renders a model's answer.
 *
 * HTML and images are shown as text, and only http and https links become links, so that showing an answer loads and runs
 * nothing.
 *
 * @param links Titles to link where the text names them, outside code and other links.
 */
export function renderMarkdown(text: string, links?: TitleLinks): Html {
  return unsafeHtml(markdown.render(text, { links }));
}

const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false }).disable('image');

markdown.validateLink = (url) => /^https?:\/\//i.test(url);

markdown.renderer.rules.link_open = (tokens, index, options, _env, renderer) => {
  const token = tokens[index];
  if (token?.meta?.isOwn !== true) token?.attrSet('rel', 'noopener noreferrer nofollow');
  return renderer.renderToken(tokens, index, options);
};

// Wide tables and code scroll, also with the keyboard.
markdown.renderer.rules.table_open = () =>
  '<div class="table-scroll" tabindex="0" role="group" aria-label="Table"><table>\n';
markdown.renderer.rules.table_close = () => '</table></div>\n';
for (const rule of ['fence', 'code_block']) {
  const render = markdown.renderer.rules[rule];
  markdown.renderer.rules[rule] = (...given) =>
    (render?.(...given) ?? '').replace(/^<pre/, '<pre tabindex="0" role="group" aria-label="Code"');
}

// The content security policy forbids style attributes, which markdown-it uses to align columns.
for (const rule of ['th_open', 'td_open']) {
  markdown.renderer.rules[rule] = (tokens, index) => {
    const align = /text-align:(left|center|right)/.exec(String(tokens[index]?.attrGet('style')))?.[1];
    const tag = rule.slice(0, 2);
    return align === undefined ? `<${tag}>` : `<${tag} class="align-${align}">`;
  };
}

// Runs last, when text is complete and code and links are known.
markdown.core.ruler.push('title_links', (state) => {
  const { links } = state.env as { links?: TitleLinks };
  if (links === undefined || links.size === 0) return;
  const split = titleSplitter(links);
  for (const token of state.tokens) {
    if (token.type === 'inline' && token.children) token.children = linkTitles(state, token.children, split);
  }
});

function linkTitles(state: StateCore, tokens: Token[], split: (text: string) => LinkedPiece[]): Token[] {
  let depth = 0;
  return tokens.flatMap((token) => {
    if (token.type === 'link_open') depth += 1;
    if (token.type === 'link_close') depth -= 1;
    if (token.type !== 'text' || depth > 0) return [token];
    return split(token.content).flatMap(({ text, href }) => {
      const words = new state.Token('text', '', 0);
      words.content = text;
      if (href === undefined) return [words];
      const open = new state.Token('link_open', 'a', 1);
      open.attrSet('href', href);
      // Made by the hub, not by the model.
      open.meta = { isOwn: true };
      return [open, words, new state.Token('link_close', 'a', -1)];
    });
  });
}
