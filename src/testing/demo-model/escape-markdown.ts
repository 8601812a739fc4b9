/**
 * Escapes text from data for a single line of markdown, so that it is shown literally: no heading, list, link, image, code or HTML.
 * Line ends and control characters become spaces; marks of the writing direction are removed.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/[\p{Cc}\s\u2028\u2029]+/gu, ' ')
    .trim()
    .replace(/[\\`*[\]<>|~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\$&')
    .replace(/&(?=#?\w+;)/g, '\\&')
    .replace(/:(?=\/\/)/g, '\\:')
    .replace(/\bwww(?=\.)/gi, '$&\\')
    .replace(/(?<=\w)@(?=\w)/g, '\\@')
    .replace(/^(?=[-+#=])/, '\\')
    .replace(/^(\d+)(?=[.)])/, '$1\\');
}
