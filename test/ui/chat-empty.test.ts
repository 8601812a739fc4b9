import { describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { hubOn, visitorOf } from './open-hub';

describe.each(databaseKinds)('a chat that nobody asked anything in, on the %s database', (kind) => {
  const hub = hubOn(kind);

  test('is used again, deleted outright, and replaced once it is used', async () => {
    const jim = await visitorOf(hub.app, 'jim');
    const vlad = await visitorOf(hub.app, 'vlad');
    const begin = async (visitor = jim) => {
      const { location } = (await visitor.post('/chat/new')).headers;
      return /thread=([^#]+)/.exec(String(location))?.[1] ?? '';
    };
    const threads = async () =>
      Number((await hub.db.admin.query('SELECT count(*) FROM movie_hub_app.threads')).rows[0].count);
    const first = await begin();
    expect(await begin()).toBe(first);
    expect(await begin(vlad)).not.toBe(first);
    expect(await threads()).toBe(2);
    await jim.post('/chat/delete', { thread: first });
    expect(await threads()).toBe(1);
    const second = await begin();
    expect(second).not.toBe(first);
    await jim.ask('What time is it in Paris?', second);
    expect(await begin()).not.toBe(second);
    await jim.post('/chat/delete', { thread: second });
    expect(await threads()).toBe(3);
  });
});
