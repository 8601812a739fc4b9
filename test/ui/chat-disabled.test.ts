import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { addUsers, openHub, type Visitor, visitorOf } from './open-hub';
import { harbourLights, lookUp, PlayedModel } from './played-model';

describe.each(databaseKinds)('a chat that runs while its user is disabled, on the %s database', (kind) => {
  let db: TestDatabase;
  let app: FastifyInstance;
  let admin: Visitor;
  const model = new PlayedModel();

  beforeAll(async () => {
    db = await openDatabase(kind);
    await addUsers(db);
    await seed(db.admin, [harbourLights]);
    app = await openHub(db.pools, { model });
    admin = await visitorOf(app, 'admin');
  });
  afterAll(async () => {
    await app?.close();
    await db?.close();
  });

  test('ends before the model is asked again, and shows nothing that it looked up', async () => {
    const jim = await visitorOf(app, 'jim');
    await admin.get('/admin/users/jim');
    let isDisabled = false;
    model.play(async () => {
      await admin.post('/admin/users/jim/disabled', { disabled: 'yes' });
      isDisabled = true;
      return lookUp('Harbour Lights');
    }, 'Ann Ames plays Ruth.');
    const stream = await jim.stream('Who is in Harbour Lights?');
    expect(isDisabled).toBe(true);
    expect(stream.body).not.toContain('Ruth');
    expect((await jim.get('/chat')).statusCode).toBe(303);
  });

  test('ends too for one who may see no title', async () => {
    await addUsers(db, { nobody: {} });
    const nobody = await visitorOf(app, 'nobody');
    await admin.get('/admin/users/nobody');
    model.play(lookUp('Harbour Lights'), 'There is none.');
    expect((await nobody.stream('Who is in Harbour Lights?')).body).toContain('There is none.');
    model.play(async () => {
      await admin.post('/admin/users/nobody/disabled', { disabled: 'yes' });
      return lookUp('Harbour Lights');
    }, 'Said to nobody any more.');
    expect((await nobody.stream('Who is in Harbour Lights?')).body).not.toContain('Said to nobody');
  });

  test('goes on for who is not', async () => {
    const vlad = await visitorOf(app, 'vlad');
    model.play(lookUp('Harbour Lights'), 'Ann Ames plays Ruth.');
    expect((await vlad.stream('Who is in Harbour Lights?')).body).toContain('plays Ruth.');
  });
});
