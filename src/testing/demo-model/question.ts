/** What the demo model understood of a message. */
export type Question =
  | { kind: 'title'; title: string }
  | { kind: 'actor'; actor: string }
  | { kind: 'time'; timeZone?: string }
  | { kind: 'conversion'; time: string; from: string; to: string };

/** What the conversation was about before a message, for "and in Her?" and "what else did she play?". */
export interface QuestionContext {
  last?: Question;
  title?: string;
  actor?: string;
}

/** Returns the context after these questions; the given one stays as it is. */
export function contextAfter(context: QuestionContext, questions: readonly Question[]): QuestionContext {
  const next = { ...context };
  for (const question of questions) {
    next.last = question;
    if (question.kind === 'title') next.title = question.title;
    if (question.kind === 'actor') next.actor = question.actor;
  }
  return next;
}
