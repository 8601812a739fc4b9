import type { Step, StepOutcome } from './turn';

/** A step as stored: jsonb does not preserve the order of keys, which determines the order of columns; text does. */
export interface PackedStep {
  name: string;
  arguments: string;
  outcome?: Omit<StepOutcome, 'structuredContent'> & { structuredContent?: string };
}

/** Converts a step for storage. */
export function packStep({ name, arguments: given, outcome }: Step): PackedStep {
  const packed = { name, arguments: JSON.stringify(given) };
  if (outcome === undefined) return packed;
  const { structuredContent: result, ...rest } = outcome;
  return { ...packed, outcome: { ...rest, ...(result && { structuredContent: JSON.stringify(result) }) } };
}

/** Converts a stored step back. */
export function unpackStep({ name, arguments: given, outcome }: PackedStep): Step {
  const step: Step = { name, arguments: JSON.parse(given) };
  if (outcome === undefined) return step;
  const { structuredContent: result, ...rest } = outcome;
  return {
    ...step,
    outcome: { ...rest, ...(result !== undefined && { structuredContent: JSON.parse(result) }) },
  };
}

/** Returns JSON that jsonb accepts: without NUL and lone surrogates, which tools and models may send. */
export function toJsonb(value: unknown): string {
  return JSON.stringify(value).replace(/\\\\|\\u0000|\\ud[89a-f][0-9a-f]{2}/g, (escaped) =>
    escaped === '\\\\' ? escaped : '\\ufffd',
  );
}
