import type { Message } from 'movie-hub';
import { readActor } from './actor-question';
import { contextAfter, type Question, type QuestionContext } from './question';
import { actorFrom, titleFrom } from './subjects';
import { readConversion, readTime } from './time-question';
import { timeZoneFrom } from './time-zones';
import { isPeopleOnly, readTitle } from './title-question';
import { plainText, withoutEnd, withoutPoliteness } from './wording';

/** Limits of the work: message length, questions and joints per message, and earlier messages. */
const MAX_LENGTH = 1_000;
const MAX_QUESTIONS = 5;
const MAX_MESSAGES = 10;
const MAX_JOINTS = 20;

/**
 * Reads the questions of the user's last message, with earlier ones as context for "and in Her?".
 *
 * Tool results and answers are never read.
 */
export function readQuestions(messages: readonly Message[]): Question[] {
  const texts = messages
    .filter((message) => message.role === 'user')
    .map((message) => message.content.flatMap((block) => ('text' in block ? [block.text] : [])).join('\n'))
    .filter((text) => text.trim() !== '')
    .slice(-MAX_MESSAGES);
  let context: QuestionContext = {};
  let questions: Question[] = [];
  for (const text of texts) {
    questions = readMessage(text, context);
    context = contextAfter(context, questions);
  }
  return questions;
}

function readMessage(text: string, context: QuestionContext): Question[] {
  if (text.length > MAX_LENGTH) return [];
  const plain = plainText(text);
  const conversion = readConversion(withoutPoliteness(plain));
  if (conversion !== undefined) return [conversion];
  const sentences = splitAt(plain, findRanges(plain, SENTENCE_END));
  const questions = sentences.flatMap((sentence) => readSentence(sentence, context));
  const found = questions.length > 0 ? questions : readFollowUp(withoutEnd(plain), context);
  const distinct = new Map(found.map((question) => [JSON.stringify(question).toLowerCase(), question]));
  return [...distinct.values()].slice(0, MAX_QUESTIONS);
}

/** Reads "A and B" as two questions if B is a question by itself; otherwise "and" is part of a title. */
function readSentence(sentence: string, context: QuestionContext): Question[] {
  const conversion = readConversion(withoutPoliteness(sentence));
  if (conversion !== undefined) return [conversion];
  const joints = findRanges(sentence, JOINT).slice(-MAX_JOINTS);
  for (const joint of joints) {
    const right = readConversion(withoutPoliteness(sentence.slice(joint.end)));
    if (right !== undefined) return [...readSentence(sentence.slice(0, joint.start), context), right];
  }
  for (const joint of joints.reverse()) {
    const left = sentence.slice(0, joint.start);
    if (isPeopleOnly(withoutPoliteness(left))) continue;
    const right = readOne(sentence.slice(joint.end), {}, true);
    if (right.length > 0) return [...readSentence(left, context), ...right];
  }
  return eachQuoted(sentence).flatMap((one) => readOne(one, context, false));
}

function readOne(sentence: string, context: QuestionContext, strict: boolean): Question[] {
  const text = withoutPoliteness(sentence).replace(
    /^(?:and |but )?(?:what|how) about (?=the (?:time|cast|characters)\b)/i,
    '',
  );
  const conversion = readConversion(text);
  if (conversion !== undefined) return [conversion];
  const times = readTime(text);
  if (times.length > 0) return times;
  const title = readTitle(text, context, strict);
  if (title !== undefined) return strict && title === 'it' ? [] : [{ kind: 'title', title }];
  return namesIn(readActor(text, context, strict) ?? '').map((actor) => ({ kind: 'actor', actor }));
}

/** Splits "Tom Hanks and Meg Ryan" into two people. */
function namesIn(actor: string): string[] {
  const names = actor.split(/ (?:and|&) /).filter((name) => name !== '');
  return names.every((name) => name.split(' ').length <= 4) ? names : [actor];
}

/** Repeats a question for each of `"Up" and "Her"`; titles without quotation marks may contain "and". */
function eachQuoted(sentence: string): string[] {
  const list = /"[^"\n]+"(?:(?:,| and| or| &|, and) ?"[^"\n]+")+/.exec(sentence)?.[0];
  const parts = list?.match(/"[^"\n]+"/g) ?? [];
  return list === undefined ? [sentence] : parts.map((part) => sentence.replace(list, () => part));
}

/** Reads "and in The Godfather?" as the last question with another subject. */
function readFollowUp(text: string, context: QuestionContext): Question[] {
  const subject = FOLLOW_UP.exec(text)?.groups?.subject;
  if (subject === undefined || context.last === undefined) return [];
  const { last } = context;
  if (last.kind === 'title') {
    const title = titleFrom(subject, context);
    return title === undefined ? [] : [{ kind: 'title', title }];
  }
  if (last.kind === 'actor') {
    const actor = actorFrom(subject, context);
    return actor === undefined ? [] : [{ kind: 'actor', actor }];
  }
  const timeZone = timeZoneFrom(subject);
  if (timeZone === undefined) return [];
  return last.kind === 'time' ? [{ kind: 'time', timeZone }] : [{ ...last, to: timeZone }];
}

const FOLLOW_UP =
  /^(?:(?:(?:ok|okay|then)[, ]+)*(?:(?:and|or|also|plus|what about|how about|what of|(?:the )?same for|who about)[, ]+)+(?:who |whom )?(?:(?:in|of|for|from|at|with|about) )?|in (?=[^,]+$))(?<subject>\S+(?: \S+){0,11})$/i;

/** A question mark, a line end, or a full stop after a word too long to be an abbreviation. */
const SENTENCE_END =
  /\?+[?!"']*\s+(?!(?:full )?(?:cast|characters|actors|movie|have|feature|include|contain|star|show)\b)|\n+|(?<=[\p{L}\p{N}]{4}["')]?)[.;]+\s+/gu;
const JOINT = /,? (?:and|or|plus|then) |[,!.;]\s+| & /giu;

interface Range {
  start: number;
  end: number;
}

/** Finds the separators outside quotation marks. */
function findRanges(text: string, separator: RegExp): Range[] {
  const quoted = [...text.matchAll(/"[^"\n]*"/g)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
  return [...text.matchAll(separator)]
    .map((match) => ({ start: match.index, end: match.index + match[0].length }))
    .filter((range) => !quoted.some((quote) => range.start > quote.start && range.end < quote.end));
}

function splitAt(text: string, ranges: readonly Range[]): string[] {
  const starts = [0, ...ranges.map((range) => range.end)];
  const ends = [...ranges.map((range) => range.start), text.length];
  return starts.map((start, index) => text.slice(start, ends[index])).filter((part) => part.trim() !== '');
}
