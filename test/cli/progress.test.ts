import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createProgress, type Progress } from '../../src/cli/progress';

/** Collects what is written; a terminal when it has columns. */
function collect(columns?: number) {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  const terminal = columns === undefined ? {} : { isTTY: true, columns };
  return { stream: Object.assign(stream, terminal), text: () => text };
}

/** Tells progress with a clock that the test sets, in seconds. */
function tell(work: (progress: Progress, at: (seconds: number) => void) => void, columns?: number): string {
  let now = 0;
  const { stream, text } = collect(columns);
  const progress = createProgress(stream, () => now);
  const at = (seconds: number) => {
    now = seconds * 1000;
  };
  try {
    work(progress, at);
  } finally {
    progress.end();
  }
  return text();
}

const basics = { label: 'title.basics', unit: 'titles', total: 11_000_000 };
const names = { label: 'name.basics', unit: 'people', total: 100 };

describe('progress on what is no terminal', () => {
  it('is a line every ten seconds and one at the end of each label', () => {
    const written = tell((progress, at) => {
      for (let second = 0; second <= 22; second += 1) {
        at(second);
        progress.update({ ...basics, done: second * 500_000, share: second / 44 });
      }
      progress.update({ ...names, done: 50, share: 0.6 });
      at(25);
      progress.update({ ...names, done: 100, share: 1 });
    });
    expect(written).toBe(
      [
        'title.basics: 5,000,000 of 11,000,000 titles, 500,000/s, 34 s left, all 22 %',
        'title.basics: 10,000,000 of 11,000,000 titles, 500,000/s, 24 s left, all 45 %',
        'title.basics: 11,000,000 titles in 22 s',
        'name.basics: 100 people in 3 s',
        '',
      ].join('\n'),
    );
  });

  it('says how long it takes already where nobody knows how much there is', () => {
    const written = tell((progress, at) => {
      progress.update({ label: 'reading', unit: 'lines', done: 0 });
      at(75);
      progress.update({ label: 'reading', unit: 'lines', done: 150 });
      at(4000);
      progress.update({ label: 'reading', unit: 'lines', done: 8000 });
    });
    expect(written).toBe(
      'reading: 150 lines, 2/s, after 1 min 15 s\nreading: 8,000 lines, 2/s, after 1 h 06 min\n',
    );
  });

  it('tells what else people should know, as long as it is of the label', () => {
    const written = tell((progress, at) => {
      progress.update({ ...names, done: 1, share: 0.1, note: '3 rejected' });
      at(20);
      progress.update({ ...names, done: 50, share: 0.5, note: '12 rejected' });
      at(30);
      progress.update({ label: 'title.crew', unit: 'lines', done: 1, total: 2, share: 0.9 });
    });
    expect(written.split('\n')).toEqual([
      expect.stringMatching(/^name\.basics: 50 .*, 12 rejected$/),
      expect.stringMatching(/^name\.basics: 50 people in 30 s, 12 rejected$/),
      '',
    ]);
  });

  it('does not call done what was stopped', () => {
    expect(tell((progress) => progress.update({ ...names, done: 50, share: 0.5 }))).toBe('');
    expect(tell((progress) => progress.update({ ...names, done: 100, share: 1 }))).toContain('100 people in');
  });
});

describe('progress on a terminal', () => {
  const half = (progress: Progress, at: (seconds: number) => void) => {
    progress.update({ ...basics, done: 0, share: 0 });
    at(30);
    progress.update({ ...basics, done: 5_500_000, share: 0.25 });
  };

  it('is one line with a bar, a percentage, the rate, the time left and the share of all', () => {
    const last = linesOf(tell(half, 120)).at(-1);
    expect(last).toBe(
      'title.basics     ██████████████░░░░░░░░░░░░░░  50 %  5.5M titles, 183.3K/s, 1 min 30 s left, all 25 %',
    );
  });

  it.each([30, 60, 80, 100, 200])('fits %d columns', (columns) => {
    const lines = linesOf(tell(half, columns));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns);
    expect(lines.some((line) => line.includes('█'))).toBe(columns >= 80);
  });

  it('has a bar of everything where nobody knows how much there is of a label', () => {
    const lines = linesOf(
      tell((progress) => {
        progress.update({ label: 'indexes', unit: 'built', done: 1, share: 0.5 });
      }, 100),
    );
    expect(lines.at(-1)).toMatch(/^indexes {10}█+░+ {2}50 % {2}1 built/);
  });

  it('draws at most ten times a second, whatever the rate of updates', () => {
    const lines = linesOf(
      tell((progress) => {
        for (let done = 0; done < 100_000; done += 1)
          progress.update({ ...basics, done: done % 90_000, share: 0.1 });
      }, 100),
    );
    // As many as the time that this takes has tenths of a second.
    expect(lines.length).toBeLessThan(50);
    expect(lines.length).toBeGreaterThan(0);
  });

  it('leaves the line empty and the cursor visible', () => {
    const text = tell(half, 100);
    expect(text.indexOf('\u001b[?25l')).toBeGreaterThanOrEqual(0);
    expect(text.lastIndexOf('\u001b[?25h')).toBeGreaterThan(text.lastIndexOf('\u001b[?25l'));
    expect(text.endsWith('\u001b[1G\u001b[2K')).toBe(true);
    // Without updates nothing is drawn.
    expect(tell(() => undefined, 100)).toBe('');
  });
});

/** The lines that were drawn over each other. */
function linesOf(text: string): string[] {
  return text
    .split('\u001b[1G')
    .slice(1)
    .map((line) => stripVTControlCharacters(line))
    .filter((line) => line !== '');
}
