import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { oneKind, openDatabase } from '../support/databases';
import { openQuestion, until } from './chat-request';
import { addUsers, openHub, visitorOf } from './open-hub';
import { PlayedModel } from './played-model';

test('a limit on the time for a request cuts one whose body is held back, and no stream', async () => {
  const database = await openDatabase(oneKind);
  await addUsers(database);
  const model = new PlayedModel();
  const limits = { requestTimeout: 300, http: { headersTimeout: 300, connectionsCheckingInterval: 50 } };
  const app = await openHub(database.pools, { model }, limits);
  await app.listen({ port: 0, host: '127.0.0.1' });
  try {
    let isCut = false;
    model.play({ content: [{ text: ['First'] }], fault: 'stall' });
    const question = openQuestion(app, await visitorOf(app, 'jim'), { message: 'Slowly?' });
    await question.came('First');
    question.request.on('close', () => {
      isCut = true;
    });
    // The second of them begins after the question, and is cut at the limit: so is the question's time over.
    for (let cut = 0; cut < 2; cut += 1) {
      const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
      let answer = '';
      socket.setEncoding('utf8').on('data', (piece) => {
        answer += piece;
      });
      socket.write(
        'POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 10\r\n\r\n',
      );
      await until(() => socket.closed);
      expect(answer).toContain(' 408 ');
    }
    expect(isCut).toBe(false);
    question.request.destroy();
  } finally {
    await app.close();
    await database.close();
  }
});
