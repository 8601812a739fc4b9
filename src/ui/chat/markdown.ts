import MarkdownIt from 'markdown-it';
import { type Html, unsafeHtml } from '../html';

/**
 * Renders a model's answer.
 *
 * HTML in it is text, images are links, and only links to http and https are links: nothing is loaded and nothing runs
 * by looking at an answer.
 */
export function renderMarkdown(text: string): Html {
  return unsafeHtml(markdown.render(text));
}

const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false }).disable('image');

markdown.validateLink = (url) => /^https?:\/\//i.test(url);

markdown.renderer.rules.link_open = (tokens, index, options, _env, renderer) => {
  tokens[index]?.attrSet('rel', 'noopener noreferrer nofollow');
  return renderer.renderToken(tokens, index, options);
};

markdown.renderer.rules.table_open = () => '<div class="table-scroll"><table>\n';
markdown.renderer.rules.table_close = () => '</table></div>\n';

// The page's content security policy allows no style attributes, which is how columns are aligned otherwise.
for (const rule of ['th_open', 'td_open']) {
  markdown.renderer.rules[rule] = (tokens, index) => {
    const align = /text-align:(left|center|right)/.exec(String(tokens[index]?.attrGet('style')))?.[1];
    const tag = rule.slice(0, 2);
    return align === undefined ? `<${tag}>` : `<${tag} class="align-${align}">`;
  };
}
