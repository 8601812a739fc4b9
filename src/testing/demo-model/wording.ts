/** Pattern for "the people of a title": characters, cast, actors and so on, with articles and adjectives. */
export const PEOPLE = people();

/** Pattern for what a person played or appeared in: roles, movies, characters. */
export const WORKS =
  '(?:tv |television |movie |film |acting |voice )?(?:roles?|charac?h?ters?|parts?|movies?|films?|pictures?|shows?|series|titles?|productions?|episodes?|credits|appearances?|performances?|persons?|people|stuff|things?|works?)';

/** Pattern for "played", "been in", "appeared" and so on. */
export const PLAYED =
  '(?:play|plays|played|playing|portray|portrays|portrayed|portraying|act|acts|acted|acting|star|stars|starred|starring|appear|appears|appeared|appearing|perform|performs|performed|performing|feature|features|featured|voice|voices|voiced|embody|embodied|depict|depicted|been|be|do|done|make|made|have|had|get|got|take on|taken on|took on|seen|known|credited|listed)';

/** Normalises typographic quotes and white space. Line ends are kept, because they end a question. */
export function plainText(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\u2018\u2019\u02bc\u00b4]/g, "'")
    .replace(/[\u201c\u201d\u201e\u00ab\u00bb]/g, '"')
    .replace(/[\r\n\u2028\u2029]+/g, '\n')
    .replace(/[^\S\n]+/g, ' ')
    .trim();
}

/** Removes a greeting, "please", "can you tell me" and the like before and after a question. */
export function withoutPoliteness(text: string): string {
  let rest = text.trim();
  for (let before = ''; before !== rest; ) {
    before = rest;
    rest = LEADS.reduce((current, lead) => current.replace(lead, ''), rest).trimStart();
  }
  return withoutEnd(rest);
}

/** Removes the question mark, full stop, "please" and "thanks" at the end. */
export function withoutEnd(text: string): string {
  let rest = text.trim();
  for (let before = ''; before !== rest; ) {
    before = rest;
    rest = rest.replace(TRAILING_WORDS, '').trimEnd();
  }
  return rest.replace(/(?:\s*[?]+[?!.\s]*|(?<![.!])[.!]|[.\u2026]{2,}|!{2,})$/u, '').trim();
}

/** Compiles a pattern that ignores case, matches the whole text, and uses `~` for white space. */
export function whole(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll('~', '(?:\\s+)')}$`, 'iu');
}

const QUESTION_START =
  '(?=(?:who|whom|whose|what|which|where|list|show|tell|name|give|can|could|do|the|all|in|cast|characters|how)\\b)';

const LEADS: readonly RegExp[] = [
  /^(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|thanks|thank you|great|cool)(?: (?:there|again|you|a lot))?(?:[,!.]+\s*|\s+(?=who|what|which|can|could|please|tell|list|show))/i,
  new RegExp(
    `^(?:ok|okay|so|well|now|then|and|also|but|or|plus|btw|by the way|in short|next)[,:]?\\s+${QUESTION_START}`,
    'iu',
  ),
  /^(?:please|pls|kindly)[,]?\s+/i,
  /^(?:can|could|would|will) you (?:please |kindly |maybe |perhaps )?(?=tell|show|list|give|name|look|find|say|check|get|let|help|remind|explain|describe|enumerate|print)/i,
  /^(?:can|could|may) (?:i|we) (?:please )?(?:get|have|see|know|ask(?: you)?)[,:]?\s+/i,
  /^(?:please )?(?:tell|show|give|get|remind|fetch|find|bring) (?:me|us)(?: again)?[,:]?\s+/i,
  /^let (?:me|us) (?:know|see)[,:]?\s+/i,
  new RegExp(
    `^(?:i|we)(?:'d| would)? (?:really )?(?:want|like|love|need|wish) (?:to (?:know|see|find out|learn|ask|get|have)\\b[,:]?\\s*|(?=(?:the|a)\\b|${PEOPLE}\\b|${WORKS}\\b))`,
    'iu',
  ),
  /^(?:i'm|i am|we're|we are)? ?(?:looking for|wondering|curious(?: about)?|interested in|searching for)\s+/i,
  /^(?:i|we) wonder\s+/i,
  /^(?:do|would) you (?:happen to )?(?:know|remember|recall|have)(?: about)?\s+/i,
  /^what (?:do you know|can you (?:tell me|say)|is there to know)\s+(?=about\b)/i,
  /^(?:any idea|have you got|does anyone know|you know|help me find)[,:]?\s+/i,
  /^(?:look up|look for|find out|search for|check|enumerate|print out|display|describe|explain|provide|identify|fetch|return|read)(?: (?:me|us)(?: with)?)?\s+/i,
  new RegExp(
    `^(?:list|show|name|find|give|print|tell|get)(?: out)?[:]?\\s+(?=(?:the|all|every|any|who|whom|which|what|full|complete|each|a|everyone|everybody|everything|anything)\\b|${PEOPLE}\\b|${WORKS}\\b)`,
    'iu',
  ),
  /^(?:list|show)\s+(?=.*(?:'s?|\S) (?:cast|characters|actors|roles|movies|films|filmography|cast list)\W*$)/i,
];

const TRAILING_WORDS =
  /[\s,.!?-]*(?:\b(?:please|pls|plz|thanks|thank you|thx|thanks a lot|by any chance|do you know|if you know|if you can|can you tell me|could you tell me|tell me|exactly)|(?<=\s)for (?:me|us))[\s.!?]*$/u;

function people(): string {
  const lead =
    '(?:(?:the|all|every|each|any|both|full|complete|whole|entire|main|major|leading|principal|different|various|of|a|an|lists?|names?|kinds?|sorts?|known|individual|credited|voice|movie|film|about|so|many|other|more)\\s+)*';
  const noun =
    "(?:charac?h?ters?|chars|roles?|parts?|cast(?:[ -]members?)?|casting|actors?|actresses?|performers?|players?|stars?|people|persons?|voices|credits|line-?up|ensemble|dramatis personae|protagonists?|leads?|who's who)(?: (?:list|names))?";
  return `${lead}${noun}(?:(?:,? (?:and|or|&)|,|/)\\s*${lead}${noun})*`;
}
