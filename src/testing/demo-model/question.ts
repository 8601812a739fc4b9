/** A recognised question. */
export type Question =
  | { kind: 'title'; title: string }
  | { kind: 'actor'; actor: string }
  | { kind: 'time'; timeZone?: string }
  | { kind: 'conversion'; time: string; from: string; to: string };

/** The context of earlier messages, for "and in Her?" and "what else did she play?". */
export interface QuestionContext {
  last?: Question;
  title?: string;
  actor?: string;
}

/** Returns the context after these questions, without changing the given one. */
export function contextAfter(context: QuestionContext, questions: readonly Question[]): QuestionContext {
  const next = { ...context };
  for (const question of questions) {
    next.last = question;
    if (question.kind === 'title') next.title = question.title;
    if (question.kind === 'actor') next.actor = question.actor;
  }
  return next;
}
