import { entitlementsLost } from './entitlement-watch';

/** The message below an incomplete answer. */
export interface Ending {
  readonly text: string;
  /** True for an alert, which screen readers read out at once. */
  readonly isAlert: boolean;
}

/** Returns the message of a stop reason; undefined for a complete answer. */
export function endingOf(stopReason: string): Ending | undefined {
  if (stopReason === 'end_turn' || stopReason === 'stop_sequence') return undefined;
  const alert = alerts[stopReason];
  if (alert !== undefined) return { text: alert, isAlert: true };
  return { text: notes[stopReason] ?? 'The answer ended early.', isAlert: false };
}

const alerts: Readonly<Record<string, string>> = {
  error: 'The model failed or could not be reached. Try again.',
  cut_off: 'The answer was interrupted. Try again.',
  server_stopped: 'The server is restarting, so the answer was stopped. Try again in a moment.',
  [entitlementsLost.stopReason]: entitlementsLost.text,
};

const notes: Readonly<Record<string, string>> = {
  aborted: 'You stopped this answer.',
  max_turns: 'Stopped: the model asked for tools too many times. Try a simpler question.',
  max_tool_calls: 'Stopped: the model asked for tools too many times. Try a simpler question.',
  max_input_tokens: 'Stopped: the conversation is too long. Start a new chat.',
  max_output_tokens: 'Stopped: the answer is too long. Ask for less.',
  max_cost: 'Stopped: the answer reached its cost limit. Try a simpler question.',
  total_timeout: 'Stopped: the answer took too long. Try again.',
  step_timeout: 'Stopped: the answer took too long. Try again.',
  first_chunk_timeout: 'Stopped: the model did not respond in time. Try again.',
  chunk_timeout: 'Stopped: the model stopped responding. Try again.',
  max_tokens: 'The answer was cut off at the maximum length.',
  model_context_window_exceeded: 'The conversation is too long for the model. Start a new chat.',
  content_filtered: 'The model’s content filter blocked the answer.',
  guardrail_intervened: 'A guardrail blocked the answer.',
};
