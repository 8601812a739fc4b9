import cliProgress from 'cli-progress';
import { count, duration, short } from './quantities';

/** Progress of a long task. */
export interface ProgressStep {
  /** The current part: `title.basics`. */
  readonly label: string;
  /** How much of the part is done, in units. */
  readonly done: number;
  /** How much there is, undefined while unknown. */
  readonly total?: number | undefined;
  /** `titles`, `lines`. */
  readonly unit: string;
  /** Additional text: `12 rejected`. */
  readonly note?: string | undefined;
  /** Completed share of the whole work, 0 to 1; undefined while unknown. */
  readonly share?: number | undefined;
}

/** Shows the progress of a long task. */
export interface Progress {
  /** May be called at any rate. */
  update(step: ProgressStep): void;
  /** Must be called at the end, also after a failure. Clears the line on a terminal. */
  end(): void;
}

/** A stream to show progress on, such as standard error. */
export type ProgressStream = NodeJS.WritableStream & { isTTY?: boolean | undefined; columns?: number };

/** Time between lines when the stream is not a terminal, in ms. */
const lineIntervalMs = 10_000;
const maxBarLength = 28;

/** Shows progress as a bar on a terminal, and elsewhere as a line every ten seconds and after each label. */
export function createProgress(stream: ProgressStream, now: () => number = Date.now): Progress {
  return stream.isTTY === true ? drawnProgress(stream, now) : writtenProgress(stream, now);
}

function drawnProgress(stream: ProgressStream, now: () => number): Progress {
  const clock = createClock(now);
  let step: ProgressStep | undefined;
  const bar = new cliProgress.SingleBar({
    stream,
    fps: 10,
    clearOnComplete: true,
    hideCursor: true,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    format: (options, { progress, maxWidth }) => {
      if (step === undefined) return '';
      const label = step.label.padEnd(16);
      const percent = `${String(Math.floor(progress * 100)).padStart(3)} %`;
      const words = `${short(step.done)} ${step.unit}, ${pace(step, clock, short)}${noteOf(step)}`;
      const barsize = Math.min(maxBarLength, maxWidth - label.length - percent.length - words.length - 5);
      const drawn = barsize < 5 ? '' : `${cliProgress.Format.BarFormat(progress, { ...options, barsize })} `;
      return `${label} ${drawn}${percent}  ${words}`.slice(0, maxWidth - 1);
    },
  });
  return {
    update: (next) => {
      clock.work(next);
      const isFirst = step === undefined;
      step = next;
      // Without a total the bar shows the whole work.
      const [total, done] = next.total === undefined ? [1, next.share ?? 0] : [next.total, next.done];
      if (isFirst) bar.start(total, done);
      bar.setTotal(total);
      bar.update(done);
    },
    end: () => bar.stop(),
  };
}

function writtenProgress(stream: ProgressStream, now: () => number): Progress {
  const clock = createClock(now);
  let step: ProgressStep | undefined;
  let written = now();
  const write = (line: string) => {
    written = now();
    stream.write(`${line}\n`);
  };
  const writeEnd = (ended: ProgressStep) =>
    write(`${ended.label}: ${count(ended.done)} ${ended.unit} in ${duration(clock.spent())}${noteOf(ended)}`);
  return {
    update: (next) => {
      if (step !== undefined && step.label !== next.label) writeEnd(step);
      clock.work(next);
      step = next;
      if (now() - written >= lineIntervalMs) write(`${next.label}: ${describe(next, clock)}`);
    },
    end: () => {
      if (step?.share === 1) writeEnd(step);
      step = undefined;
    },
  };
}

/** Describes how much is done. */
function describe(step: ProgressStep, clock: Clock): string {
  const of = step.total === undefined ? '' : ` of ${count(step.total)}`;
  return `${count(step.done)}${of} ${step.unit}, ${pace(step, clock, count)}${noteOf(step)}`;
}

function noteOf({ note }: ProgressStep): string {
  return note === undefined ? '' : `, ${note}`;
}

/** Describes the rate, the time left and the completed share. */
function pace({ done, share }: ProgressStep, clock: Clock, write: (number: number) => string): string {
  const rate = `${write(clock.rate(done))}/s`;
  if (share === undefined) return `${rate}, after ${duration(clock.all())}`;
  // Less than this is too little to extrapolate.
  const isKnown = share > 0.005 && share < 1;
  const left = isKnown ? `, ${duration((clock.all() / share) * (1 - share))} left` : '';
  return `${rate}${left}, all ${Math.floor(share * 100)} %`;
}

interface Clock {
  /** Notes a step; a new label starts now. */
  work(step: ProgressStep): void;
  /** Time since the label began, in ms. */
  spent(): number;
  /** Time since the first step, in ms. */
  all(): number;
  /** Units per second since the label began. */
  rate(done: number): number;
}

function createClock(now: () => number): Clock {
  const started = now();
  let since = started;
  let label: string | undefined;
  const spent = () => now() - since;
  return {
    work: (step) => {
      if (label !== undefined && label !== step.label) since = now();
      label = step.label;
    },
    spent,
    all: () => now() - started,
    rate: (done) => Math.round((done / Math.max(spent(), 1)) * 1000),
  };
}
