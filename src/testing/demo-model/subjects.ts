import type { QuestionContext } from './question';

/**
 * Extracts a title from words where a title is expected: `the 1977 film "Star Wars"` gives `Star Wars`.
 *
 * Returns undefined for words that name no title, such as "movies", or "that one" without an earlier title.
 */
export function titleFrom(words: string, context: QuestionContext): string | undefined {
  let title = words.trim();
  for (let before = ''; before !== title; ) {
    before = title;
    title = withoutKind(title.replace(LISTED_IN, '')).trim();
  }
  const quoted = QUOTED.exec(title)?.groups?.inside;
  if (quoted !== undefined) return bounded(quoted);
  if (POINTS_BACK.test(title)) return context.title ?? (title === 'it' ? title : undefined);
  title = title
    .replace(AND_AS_WHOM, '')
    .replace(YEAR_AFTER, '')
    .replace(KIND_AFTER, '')
    .replace(/^(?:the )(?<title>.*[\p{Lu}\p{N}].*) (?:movie|film|show|series)$/u, '$<title>')
    .replace(/[\s,:;-]+$/u, '');
  return NO_TITLE.test(title) ? undefined : bounded(withoutMarks(title));
}

/**
 * Extracts a name from words where a name is expected: `the actor Peter Sellers` gives `Peter Sellers`, "she" the last person.
 * Returns undefined for words that name nobody.
 */
export function actorFrom(words: string, context: QuestionContext): string | undefined {
  const name = words
    .trim()
    .replace(
      /^(?:the )?(?:famous |late |great |young )?(?:actor|actress|performer|comedian|movie star|film star|star|person)(?: (?:called|named))?\s+(?=\S)/u,
      '',
    )
    .replace(/(?:'s?)?[\s,:;-]*$/u, '');
  const quoted = QUOTED.exec(name)?.groups?.inside;
  if (quoted !== undefined) return bounded(quoted);
  if (/^(?:s?he|they|him|her|them|his|their|that (?:actor|actress|person|one))$/u.test(name))
    return context.actor;
  return NOBODY.test(name) ? undefined : bounded(withoutMarks(name));
}

/** Returns whether words look like a person's name rather than a title: two to four capitalised words, or "the actor …". */
export function looksLikePerson(words: string): boolean {
  const name = words.trim();
  return (
    /^the (?:actor|actress)\b/i.test(name) ||
    /^(?!The |A |An )\p{Lu}[\p{L}'.-]*(?: (?:(?:de|von|van|der|la|le|di|bin) )?\p{Lu}[\p{L}'.-]*){1,3}$/u.test(
      name,
    )
  );
}

const LISTED_IN =
  /^(?:the )?(?:(?:full|complete|whole|entire|main) )?(?:cast|characters|actors|credits|roles)(?: list)? (?:of|in|for|from) (?=\S)/u;
const QUOTED = /^(?<mark>["'`])(?<inside>[^\n]+?)\k<mark>(?=$|[\s,.;:!?()])/u;
const POINTS_BACK =
  /^(?:it|(?:(?:this|that|the|the same|this same) )(?:one|movie|film|title|show|series|episode|thing)|the same)$/u;
const AND_AS_WHOM =
  /,? and (?:(?:as|in) )?(?:who|whom|what|which|their|his|her|the) ?(?:(?:do|did|does|are|is|was|were|they|he|she|play|plays|played|whom|who|what|them|it|characters?|roles?|parts?|actors?)\b ?)*$/u;
const YEAR_AFTER =
  /,? ?(?:\((?:[a-z ]+,? )?(?:18|19|20)\d\d\)|,? (?:from|released in|made in) (?:18|19|20)\d\d|, (?:18|19|20)\d\d)$/iu;
const KIND_AFTER = /,? the (?:movie|film|series|show)$/u;
const NO_TITLE =
  /^(?:(?:any|all|some|other|the|his|her|their|its|your|our|this|these|those|which|what|many|more|different|a|an)\b ?)*(?:movies?|films?|shows|titles|tv|television|database|hub|catalog(?:ue)?)$|^(?:the|a|all|every)$|^(?:total|general)$|^(?:his|her|their|the) (?:career|life|lifetime)$|^(?:the )?(?:18|19|20)?\d0s$/u;
const NOBODY =
  /^(?:|(?:i|you|we|it|there|everyone|everybody|someone|anyone|people|who|what|which|me|us|yourself)(?: .*)?|(?:my|your|this|that|these|those|all|any|some|every|each|best|new|recent|popular|good|top|other|more|how|do|does|did|is|are|was|has|have|the (?:best|new|other|same|main|database|movies?|films?|cast|characters?|roles?))(?: .*)?)$/iu;

const SURE_KIND =
  '(?:tv[ -]?|television |mini[ -]?|short |feature |motion |animated |live-action )*(?:movie|film|picture|series|show|miniseries|special|flick|sitcom|documentary|video game|title)';
const OTHER_KIND = '(?:series|show|picture|short|special|episode|game|pilot|sequel|classic)';
const AGE = '(?:(?:new|old|original|classic|recent|latest|famous|first|(?:18|19|20)\\d\\d|\\d0s) )*';
const CALLED =
  '(?:,? (?:called|named|titled|entitled|by the name(?: of)?|with the (?:title|name)|whose (?:title|name) is|(?:that|which) is (?:called|named|titled)))?[,:]?';
const WITH_ARTICLE = new RegExp(`^(?:the|a|an|this|that|my) ${AGE}${SURE_KIND}${CALLED} (?=\\S)`, 'iu');
const BARE = new RegExp(
  `^${AGE}(?:tv |television |short |feature )?(?:movie|film|series|title|tv show|mini[ -]?series)${CALLED} (?=\\S)`,
  'u',
);
const CAUTIOUS = new RegExp(
  `^(?:the|a|an|this|that) ${AGE}${OTHER_KIND}${CALLED} (?=["'\\p{Lu}\\p{N}])`,
  'u',
);
const KIND_WORD_ONLY = /^(?:the|a|an|this|that) (?:show|picture|special) /iu;

/** Removes "the movie", "the 1977 film called"; keeps "Movie 43" and "The Show Must Go On". */
function withoutKind(title: string): string {
  if (CAUTIOUS.test(title)) return title.replace(CAUTIOUS, '');
  if (WITH_ARTICLE.test(title) && !KIND_WORD_ONLY.test(title)) return title.replace(WITH_ARTICLE, '');
  return title.replace(BARE, '');
}

function withoutMarks(words: string): string {
  return words.replace(/^(?<mark>["'`*_]+)(?<inside>.+?)\k<mark>$/u, '$<inside>').trim();
}

/** Rejects an empty or very long subject, which the tools would refuse. */
function bounded(words: string): string | undefined {
  const subject = words.trim();
  return subject.length > 0 && subject.length <= 200 ? subject : undefined;
}
