import type { QuestionContext } from './question';
import { looksLikePerson, titleFrom } from './subjects';
import { PEOPLE, PLAYED, whole } from './wording';

/**
 * Reads the title from a question about its characters or cast, or returns undefined.
 *
 * `strict` excludes forms that start with the title ("Star Wars cast"), because they match any words.
 */
export function readTitle(text: string, context: QuestionContext, strict: boolean): string | undefined {
  const rolesOf = ROLES_OF.exec(text)?.groups?.title;
  if (rolesOf !== undefined && looksLikePerson(rolesOf)) return undefined;
  for (const pattern of STRICT) {
    const title = titleFrom(pattern.exec(text)?.groups?.title ?? '', context);
    if (title !== undefined) return title;
  }
  for (const pattern of strict ? [] : LOOSE) {
    const words = pattern.exec(text)?.groups?.title ?? '';
    const title = titleFrom(withoutArticle(words), context);
    if (title !== undefined) return title;
  }
  const about = ABOUT.exec(text)?.groups?.title ?? '';
  return !strict && /^["\p{Lu}\p{N}]/u.test(about) ? titleFrom(about, context) : undefined;
}

/** Returns whether the words only ask for people, without a title: "list the main characters". */
export function isPeopleOnly(text: string): boolean {
  return PEOPLE_ONLY.test(text);
}

const TITLE = '(?<title>.+)';
const LAZY_TITLE = '(?<title>.+?)';
const BE = "(?:is|are|was|were|'s|s|'re)";
const ASKED_WHO = `who(?:m|se)?(?:'s|s|'re|'d|'ll|'ve)?`;
const DID = `(?:${PLAYED}|${BE}|can|could|do|does|did|will|would|has|cast|you|i|we|gets|shows?|turns?|takes?|took|speaks?|sings?|all|else|exactly|actually|really|ever)`;
const FEW_WORDS = '(?:~[^\\s:?]+){0,8}?';
const SOME_PEOPLE = `(?:(?:which|what|how many|whose)(?:${BE})?~)?(?:(?:${BE}|make up|makes up|made up|belongs? to|on|part of|there|about)~)*${PEOPLE}`;
const HAS = '(?:have|has|feature|features|contain|contains|include|includes|list|show|star|got)';
const CAST_WORD =
  '(?:cast(?: list| members?)?|characters?(?: list| names)?|actors?(?: and actresses)?|cast and characters|cast & characters)';
const IN_IT = '(?:in (?:it|there|that|this|the (?:cast|movie|film)))';

const ROLES_OF = whole(`.*\\b(?:roles?|parts?)~(?:of|for|from)~${TITLE}`);
const PEOPLE_ONLY = whole(SOME_PEOPLE);

const STRICT: readonly RegExp[] = [
  // the cast of X; which characters are there in X; who are the actors in X
  whole(`(?:who(?:'s|s)?~)?${SOME_PEOPLE}~(?:of|in|for|from|to|within|inside|on)~${TITLE}`),
  // which characters does X have; who does X star
  whole(
    `(?:(?:which|what|how many)~(?!(?:role|part)~)${PEOPLE}|${ASKED_WHO})~(?:does|do|did|will)~${LAZY_TITLE}~${HAS}`,
  ),
  whole(`(?:does|do)~${LAZY_TITLE}~${HAS}~(?:${PEOPLE}|anyone|anybody|who)`),
  // which characters appear in X; which actor plays Jimbo in X
  whole(`(?:who(?:'s|s)?~)?${SOME_PEOPLE}${FEW_WORDS}~in~${TITLE}`),
  // who is in X; who plays Jimbo in X; who did Jim play in X
  whole(`(?:(?:as|by|with)~)?${ASKED_WHO}(?:~${DID}${FEW_WORDS})?~(?:in|within)~${TITLE}`),
  whole(`${ASKED_WHO}~(?:is|are|was|were|appears?|appeared)${FEW_WORDS}~on~${TITLE}`),
  whole(`what~(?:did|does|do|has|is|was)${FEW_WORDS}~(?:play|played|playing|do)~in~${TITLE}`),
  // did Jim play in X; is Jim in X
  whole(
    `(?:did|does|has|was|is)~(?:(?!it\\b|there\\b|he\\b|this\\b|that\\b)\\S+~){1,4}?(?:${PLAYED}~)?in~${TITLE}`,
  ),
  // X's cast asked for by name
  whole(`(?:who|what|which)~?${BE}~${LAZY_TITLE}(?:'s?)~(?:\\w+~)?${CAST_WORD}`),
  // in X, who plays whom
  whole(
    `(?:in|for|from|about|regarding)~${LAZY_TITLE}[,:]?~(?:(?:please~|can you~|could you~)*(?:(?:tell|show|give)~me~)?who~?(?:'s|s)?(?:~${DID}\\b.*)?|(?:(?:list|name|show|give me|tell me|what|which)\\b.*)\\b${PEOPLE}\\b.*)`,
  ),
  whole(`(?:everyone|everybody|anyone|anybody|all)~(?:(?:who|that)~\\S+~|\\S+ing~)?in~${TITLE}`),
  // tell me about the movie X
  whole(
    `(?:what~is~|what's~)?about~(?:the )(?:tv )?(?:movie|film|series|show|title|episode|video game)~${TITLE}`,
  ),
  // anything that ends in "the cast of X"
  whole(
    `.*\\b(?:cast|characters|actors|actresses|credits|cast members|(?:cast|character|actor) list)~(?:of|in|from|for)~${LAZY_TITLE}(?:~(?:looks? like|made up|consists? of|say|listed))?`,
  ),
];

const LOOSE: readonly RegExp[] = [
  // X's cast; the X cast; X - characters
  whole(
    `(?!(?:his|their|my|your|a|its|which|what|whose|no|any|all|full)\\s)${LAZY_TITLE}(?:'s?| -|:|,)?~(?:full |complete |main |whole |list of )*${CAST_WORD}`,
  ),
  // cast: X
  whole(
    `(?:the~)?${CAST_WORD}:?~(?!(?:who|that|which|is|are|(?:played|portrayed|voiced|performed)~by|by)\\b)${TITLE}`,
  ),
  // X: who is in it?
  whole(
    `${LAZY_TITLE}[,:.!-]*~(?:who(?:'s|s)?~?${BE}?~?(?:all~)?(?:(?:${PLAYED}~)?${IN_IT}|playing|starring|acting)|who~(?:plays?|played)(?:~(?:whom?|what|which.*))?|(?:who|what)~?${BE}~the~(?:cast|characters|actors|stars))`,
  ),
];

/** "Tell me about X", where X looks like a name. */
const ABOUT = whole(`about~(?!(?:you|your|me|my|it|what|who|how)\\b)${TITLE}`);

/** Removes the words around a title: "the star wars", "DAT429 movie"; keeps "The Godfather" and "The Lego Movie". */
function withoutArticle(words: string): string {
  return words.replace(/^the /, '').replace(/(?<=[\p{Lu}\p{N}].*) (?:movie|film|series)$/u, '');
}
