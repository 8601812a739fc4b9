import { isMovieHubError, limitConcurrency, MovieHubError } from 'movie-hub';
import { describe, expect, test } from 'vitest';

/** A work that ends when it is told to. */
function openWork() {
  let end = () => {};
  let hasBegun = false;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = async () => {
    hasBegun = true;
    await ended;
    return 'done';
  };
  return { work, end, hasBegun: () => hasBegun };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: unknown) => (isMovieHubError(error) ? error.code : error),
  );

describe('limitConcurrency', () => {
  test('runs as many at once as it may, then lets them wait in order', async () => {
    const run = limitConcurrency({ atOnce: 1, waiting: 2 });
    const [first, second, third] = [openWork(), openWork(), openWork()];
    const all = [run('jim', first.work), run('jim', second.work), run('jim', third.work)];
    expect([first, second, third].map(({ hasBegun }) => hasBegun())).toEqual([true, false, false]);
    first.end();
    await all[0];
    expect([second.hasBegun(), third.hasBegun()]).toEqual([true, false]);
    second.end();
    third.end();
    expect(await Promise.all(all)).toEqual(['done', 'done', 'done']);
  });

  test('refuses one more than may wait, and serves another key all the same', async () => {
    const run = limitConcurrency({ atOnce: 1 });
    const held = openWork();
    const running = run('jim', held.work);
    expect(await codeOf(run('jim', async () => 'more'))).toBe('too_many_requests');
    expect(await run('vlad', async () => 'other')).toBe('other');
    held.end();
    await running;
    expect(await run('jim', async () => 'again')).toBe('again');
  });

  test('refuses what waited too long, with the error of its maker, and the turn goes to the next', async () => {
    const refusal = () => new MovieHubError('overloaded', 'Full.');
    const run = limitConcurrency({ atOnce: 1, waiting: 1, waitMs: 1, refusal });
    const held = openWork();
    const running = run('jim', held.work);
    expect(await codeOf(run('jim', async () => 'late'))).toBe('overloaded');
    held.end();
    await running;
    expect(await run('jim', async () => 'next')).toBe('next');
  });

  test('a caller that leaves while it waits takes no turn; work that throws gives its turn back', async () => {
    const run = limitConcurrency({ atOnce: 1, waiting: 1 });
    const held = openWork();
    const running = run('jim', held.work);
    const leaving = new AbortController();
    const waiting = run('jim', async () => 'never', leaving.signal);
    leaving.abort();
    expect(await codeOf(waiting)).toBe('cancelled');
    held.end();
    await running;
    await expect(run('jim', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await run('jim', async () => 'after')).toBe('after');
  });

  test.each([{ atOnce: 0 }, { atOnce: 1.5 }, { atOnce: 1, waitMs: 0 }, { atOnce: 1, waiting: -1 }])(
    'refuses limits that limit nothing: %j',
    (limits) => {
      expect(() => limitConcurrency(limits)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    },
  );
});
