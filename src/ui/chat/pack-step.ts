import type { Step, StepOutcome } from './turn';

/** A step as it is kept: jsonb does not keep the order of an object's members, by which columns are shown; text does. */
export interface PackedStep {
  name: string;
  arguments: string;
  outcome?: Omit<StepOutcome, 'structuredContent'> & { structuredContent?: string };
}

/** Makes what is kept of a step. */
export function packStep({ name, arguments: given, outcome }: Step): PackedStep {
  const packed = { name, arguments: JSON.stringify(given) };
  if (outcome === undefined) return packed;
  const { structuredContent: result, ...rest } = outcome;
  return { ...packed, outcome: { ...rest, ...(result && { structuredContent: JSON.stringify(result) }) } };
}

/** Makes a step of what was kept. */
export function unpackStep({ name, arguments: given, outcome }: PackedStep): Step {
  const step: Step = { name, arguments: JSON.parse(given) };
  if (outcome === undefined) return step;
  const { structuredContent: result, ...rest } = outcome;
  return {
    ...step,
    outcome: { ...rest, ...(result !== undefined && { structuredContent: JSON.parse(result) }) },
  };
}

/** Writes JSON that jsonb takes: it refuses NUL and halves of surrogate pairs, which tools and models may send. */
export function toJsonb(value: unknown): string {
  return JSON.stringify(value).replace(/\\\\|\\u0000|\\ud[89a-f][0-9a-f]{2}/g, (escaped) =>
    escaped === '\\\\' ? escaped : '\\ufffd',
  );
}
