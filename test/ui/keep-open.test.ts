import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { keepOpen } from '../../src/ui/chat/keep-open';

const comment = ': keep-alive\n\n';

test('a stream on which nothing comes gets comments until something does, and nothing of it is lost', async () => {
  let go = () => {};
  const waited = new Promise<void>((resolve) => {
    go = resolve;
  });
  async function* messages() {
    yield 'data: 1\n\n';
    await waited;
    yield 'data: 2\n\n';
    yield 'data: 3\n\n';
  }
  const read: string[] = [];
  for await (const message of keepOpen(messages(), 1)) {
    read.push(message);
    if (read.filter((each) => each === comment).length === 3) go();
  }
  expect(read.slice(0, 4)).toEqual(['data: 1\n\n', comment, comment, comment]);
  expect(read.filter((each) => each !== comment)).toEqual(['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']);
});

test('a stream that is left, or fails, ends what it reads', async () => {
  let ended = 0;
  async function* messages() {
    try {
      yield 'data: 1\n\n';
      await sleep(1);
      throw new Error('broken');
    } finally {
      ended += 1;
    }
  }
  for await (const _ of keepOpen(messages())) break;
  expect(ended).toBe(1);
  await expect(async () => {
    for await (const _ of keepOpen(messages()));
  }).rejects.toThrow('broken');
  expect(ended).toBe(2);
});
