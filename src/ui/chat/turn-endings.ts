import { entitlementsLost } from './entitlement-watch';

/** What is said at the end of a turn that did not end by itself. */
export interface Ending {
  readonly text: string;
  /** True for what is read out at once: there is no answer, or not all of it. */
  readonly isAlert: boolean;
}

/** Returns what to say of a stop reason; undefined for an answer that is whole. */
export function endingOf(stopReason: string): Ending | undefined {
  if (stopReason === 'end_turn' || stopReason === 'stop_sequence') return undefined;
  const alert = alerts[stopReason];
  if (alert !== undefined) return { text: alert, isAlert: true };
  return { text: notes[stopReason] ?? 'The answer ended early.', isAlert: false };
}

const alerts: Readonly<Record<string, string>> = {
  error: 'The model failed or could not be reached. Try again.',
  cut_off: 'This answer was cut off.',
  server_stopped: 'The server is stopping, so this answer was ended. Try again in a moment.',
  [entitlementsLost.stopReason]: entitlementsLost.text,
};

const notes: Readonly<Record<string, string>> = {
  aborted: 'You stopped this answer.',
  max_turns: 'Stopped: the model asked for tools too many times. Try a simpler question.',
  max_tool_calls: 'Stopped: the model asked for tools too many times. Try a simpler question.',
  max_input_tokens: 'Stopped: the conversation has become too long. Start a new chat.',
  max_output_tokens: 'Stopped: the answer has become too long.',
  max_cost: 'Stopped: the answer has reached its budget.',
  total_timeout: 'Stopped: the answer took too long. Try again.',
  step_timeout: 'Stopped: the answer took too long. Try again.',
  first_chunk_timeout: 'Stopped: the model did not begin to answer. Try again.',
  chunk_timeout: 'Stopped: the model fell silent. Try again.',
  max_tokens: 'The answer was cut off at its greatest length.',
  model_context_window_exceeded: 'The conversation is too long for the model. Start a new chat.',
  content_filtered: 'The model’s filter kept back the answer.',
  guardrail_intervened: 'A guardrail kept back the answer.',
};
