import type { QuestionContext } from './question';
import { actorFrom, looksLikePerson } from './subjects';
import { PLAYED, WORKS, whole } from './wording';

/**
 * Reads the name from a question about an actor's roles, or returns undefined.
 *
 * `strict` excludes forms that start with the name ("Peter Sellers roles"), because they match any words.
 */
export function readActor(text: string, context: QuestionContext, strict: boolean): string | undefined {
  for (const pattern of strict ? STRICT : [...STRICT, ...LOOSE]) {
    const words = pattern.exec(text)?.groups?.actor;
    const actor = words === undefined ? undefined : actorFrom(words, context);
    if (actor !== undefined) return actor;
  }
  const name = WHO_IS.exec(text)?.groups?.actor;
  return name !== undefined && looksLikePerson(name) ? actorFrom(name, context) : undefined;
}

const ACTOR = '(?<actor>.+?)';
const DID = "(?:did|does|do|has|have|had|is|was|were|are|can i see|can you see|'s)";
const ADVERBS = '(?:~(?:ever|also|already|usually|actually|currently|else|all))*';
const PLACE =
  '(?:in|as|on|for|before|so far|ever|to date|until now|over the years|during .+|throughout .+|in (?:(?:any|all|other|which|what|his|her|their|the|total|tv|general)\\b ?)*(?:movies?|films?|series|shows?|titles?|tv|total|career|life)?|in (?:the )?(?:(?:18|19|20)\\d\\d|\\d0s|(?:18|19|20)\\d0s))';
const REST = `(?:~${PLACE}){0,2}`;
const ADJECTIVES =
  '(?:(?:the|all|every|each|any|different|other|kinds? of|sorts? of|full|complete|whole|entire|list of|a|an|some|many|known|main|best known|famous)~)*';
const SOME_WORKS = `${ADJECTIVES}${WORKS}(?:(?:,| and| or)~${WORKS})*`;
const BY = '(?:by|played by|portrayed by|performed by|voiced by|done by|starring|featuring|with|including)';

/** Verbs of a person in a film, without auxiliary verbs, which also follow a title. */
const CAME_UP =
  '(?:plays?|played|playing|portray(?:s|ed)?|act(?:s|ed)?|star(?:s|red)?|appear(?:s|ed)?|perform(?:s|ed)?|voiced?|been|made|done)';

const STRICT: readonly RegExp[] = [
  // what roles did A play; in which movies was A; which characters has A played so far
  whole(
    `(?:(?:in|as|from|for)~)?(?:what|which|how many|whose)~${SOME_WORKS}(?:~else)?~${DID}${ADVERBS}~${ACTOR}${ADVERBS}~${PLAYED}${REST}`,
  ),
  whole(`(?:in|from)~(?:what|which)~${SOME_WORKS}~${DID}${ADVERBS}~${ACTOR}~${PLAYED}~.+`),
  whole(`(?:in|as|from)~(?:what|which|how many)~${SOME_WORKS}~${DID}${ADVERBS}~${ACTOR}`),
  whole(`(?:what|which|how many)~${SOME_WORKS}~${DID}${ADVERBS}~${ACTOR}~in`),
  // who did A play; what has A been in; where have I seen A
  whole(
    `(?:(?:as|in)~)?(?:who|whom|what|where|which)(?:~(?:all|else))?~?${DID}${ADVERBS}~(?!i~|i've)${ACTOR}${ADVERBS}~(?:${PLAYED}|in)${REST}`,
  ),
  whole(`where~(?:have|did|do|might|could)~i~(?:seen|see|know)~${ACTOR}(?:~(?:before|from))?`),
  // the filmography of A; movies with A; characters played by A
  whole(
    `(?:(?:what|which)(?:'s|~is|~are|~were)?~)?${ADJECTIVES}(?:filmography|career|acting career|work)~(?:of|for|from)~${ACTOR}`,
  ),
  whole(
    `(?:(?:what|which)(?:~is|~are|~were)?~)?${SOME_WORKS}(?:~(?:was|were|are|is|that~(?:was|were|are)))?~${BY}~${ACTOR}`,
  ),
  whole(
    `(?:(?:what|which)(?:~is|~are|~were)?~)?${ADJECTIVES}(?:movies|films|roles?|parts?|credits|acting credits|appearances|performances|movie roles|film roles)~(?:of|for|from)~(?!(?:18|19|20)?\\d0s\\b|(?:18|19|20)\\d\\d\\b)${ACTOR}`,
  ),
  whole(
    `(?:what|which)~${SOME_WORKS}~(?:that~)?(?:star|stars|starred|feature|features|featured|have|include|contain|cast)~${ACTOR}(?:~in~(?:it|them))?`,
  ),
  // movies A was in; everything that A has played
  whole(
    `(?:(?:what|which)(?:~is|~are)?~)?(?:${SOME_WORKS}|everything|anything|all)(?:~(?:that|which|where|in~which|with))?~${ACTOR}(?:~(?:has|have|had|was|is|were|did|'s))*${ADVERBS}~(?:${CAME_UP}|in)${REST}`,
  ),
  whole(`.*\\b(?:anything|everything|something)~${BY}~${ACTOR}(?:~in~it)?`),
  // what A played; who A has played
  whole(
    `(?:what|who|whom)~(?!(?:else|all|really|actually|exactly|ever|only|first|has|have|is|are|was|were|plays?|played)\\b)${ACTOR}(?:~(?:has|have))?~(?:plays?|played|portrays?|portrayed)${REST}`,
  ),
  // has A been in any movies
  whole(
    `(?:has|have|had|did|does|is|was)~${ACTOR}${ADVERBS}~(?:${PLAYED}~)?(?:in~)?(?:any|a|some|other|anything|something|which)~?(?:other~)?(?:${WORKS})?(?:~else)?`,
  ),
  // tell me about the actor A; who is the actress A
  whole(
    `(?:(?:who|what)~?(?:is|was|'s|about)|about)~(?:the~)?(?:actor|actress|performer|person|comedian)~${ACTOR}`,
  ),
];

const LOOSE: readonly RegExp[] = [
  // A's roles; A filmography
  whole(
    `(?:what~?(?:is|are|were|was|'s)~)?${ACTOR}(?:'s?)?(?:~(?:full|complete|best|known|other|acting|movie|film))*~(?:filmography|roles?|movies|films|parts|credits|career|performances|appearances|list~of~(?:movies|films|roles))`,
  ),
];

const WHO_IS = whole(`who~?(?:is|was|'s)~${ACTOR}`);
