import cliProgress from 'cli-progress';
import { count, duration, short } from './quantities';

/** How far some long work is. */
export interface ProgressStep {
  /** What is being worked on now: `title.basics`. */
  readonly label: string;
  /** How much of it is done, in units. */
  readonly done: number;
  /** How much there is; undefined while nobody knows. */
  readonly total?: number | undefined;
  /** For people: `titles`, `lines`. */
  readonly unit: string;
  /** What else they should know: `12 rejected`. */
  readonly note?: string | undefined;
  /** Share of everything that is done, 0 to 1; undefined while nobody knows. */
  readonly share?: number | undefined;
}

/** Tells people how far some long work is. */
export interface Progress {
  /** May be called as often as there is something new. */
  update(step: ProgressStep): void;
  /** Must be called in the end, however the work ended. Leaves nothing behind on a terminal. */
  end(): void;
}

/** What progress is told on; standard error is one. */
export type ProgressStream = NodeJS.WritableStream & { isTTY?: boolean | undefined; columns?: number };

/** On what is no terminal: time between lines, in ms. */
const linesEvery = 10_000;
const longestBar = 28;

/** Tells progress as a line that is drawn anew on a terminal, and elsewhere as a line now and then and after each label. */
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
      const barsize = Math.min(longestBar, maxWidth - label.length - percent.length - words.length - 5);
      const drawn = barsize < 5 ? '' : `${cliProgress.Format.BarFormat(progress, { ...options, barsize })} `;
      return `${label} ${drawn}${percent}  ${words}`.slice(0, maxWidth - 1);
    },
  });
  return {
    update: (next) => {
      clock.work(next);
      const isFirst = step === undefined;
      step = next;
      // Where nobody knows how much there is of it, the bar shows everything.
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
      if (now() - written >= linesEvery) write(`${next.label}: ${describe(next, clock)}`);
    },
    end: () => {
      if (step?.share === 1) writeEnd(step);
      step = undefined;
    },
  };
}

/** Says in words how much is done. */
function describe(step: ProgressStep, clock: Clock): string {
  const of = step.total === undefined ? '' : ` of ${count(step.total)}`;
  return `${count(step.done)}${of} ${step.unit}, ${pace(step, clock, count)}${noteOf(step)}`;
}

function noteOf({ note }: ProgressStep): string {
  return note === undefined ? '' : `, ${note}`;
}

/** Says how fast it goes, when the rest will be done, and how much of everything is. */
function pace({ done, share }: ProgressStep, clock: Clock, write: (number: number) => string): string {
  const rate = `${write(clock.rate(done))}/s`;
  if (share === undefined) return `${rate}, after ${duration(clock.all())}`;
  // From less than this nothing follows.
  const isKnown = share > 0.005 && share < 1;
  const left = isKnown ? `, ${duration((clock.all() / share) * (1 - share))} left` : '';
  return `${rate}${left}, all ${Math.floor(share * 100)} %`;
}

interface Clock {
  /** Told each step; a new label begins now. */
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
