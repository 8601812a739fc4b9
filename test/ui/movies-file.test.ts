import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { seed } from '../support/seed';
import { until } from './chat-request';
import { titlesOf } from './list-pages';
import { entitle, hubOn, type Visitor, visitorOf } from './open-hub';

const formula = '=HYPERLINK("http://evil.example")';

describe.each(databaseKinds)('the file of titles, on the %s database', (kind) => {
  const hub = hubOn(kind);
  let jim: Visitor;
  let vlad: Visitor;
  beforeAll(async () => {
    await seed(hub.db.admin, [
      {
        id: 10,
        type: 1,
        title: 'Ocean of Glass',
        original: 'Meer aus Glas',
        year: 1999,
        votes: 500,
        genres: ['Drama'],
      },
      { id: 12, type: 1, title: 'Ocean Unrated' },
      { id: 13, type: 1, title: formula, votes: 300, genres: ['Drama'] },
      { id: 20, type: 5, title: 'Ocean on Television', year: 2001, votes: 9000 },
      { id: 21, type: 5, title: '007;=1+1' },
    ]);
    await hub.db.admin.query(
      `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title)
       SELECT n, 6, 'Part ' || n, 'Part ' || n FROM generate_series(100001, 101700) AS n`,
    );
    jim = await visitorOf(hub.app, 'jim');
    vlad = await visitorOf(hub.app, 'vlad');
  });
  const idsIn = (body: string) =>
    (parse(body, { columns: true }) as { id: string }[]).map(({ id }) => Number(id));

  test('it has a header, every row of the user, and no formula', async () => {
    const file = await jim.get('/movies.csv');
    expect(file.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(file.headers['content-disposition']).toBe('attachment; filename="movies.csv"');
    expect(file.headers['cache-control']).toBe('no-store');
    const rows = parse(file.body, { columns: true }) as Record<string, string>[];
    expect(rows.map((row) => row.id)).toEqual(['10', '13', '12']);
    expect(rows[0]).toEqual({
      id: '10',
      title: 'Ocean of Glass',
      original_title: 'Meer aus Glas',
      type: 'Movie',
      year: '1999',
      rating: '7.5',
      votes: '500',
    });
    expect(rows[1]?.title).toBe(`'${formula}`);
    const admin = await visitorOf(hub.app, 'admin');
    expect((await admin.get('/movies.csv')).body.trim().split('\n')).toHaveLength(1);
  });

  test('every text is quoted, so that no separator of any country ends its cell', async () => {
    const lines = (await (await visitorOf(hub.app, 'test2')).get('/movies.csv?type=tvMovie')).body
      .trim()
      .split('\n');
    expect(lines).toEqual([
      '"id","title","original_title","type","year","rating","votes"',
      '20,"Ocean on Television","Ocean on Television","TV movie",2001,"7.5",9000',
      '21,"007;=1+1","007;=1+1","TV movie",,,',
    ]);
  });

  test.each([
    'q=ocean',
    'q=ocean&sort=title',
    'genre=Drama',
    'genre=Drama&sort=title',
    'from=1999&sort=year',
    'type=tvMovie',
  ])('it holds what the list shows for %s, in its order', async (query) => {
    for (const visitor of [jim, vlad]) {
      const shown = titlesOf((await visitor.get(`/movies?${query}`)).body);
      expect(shown.length).toBeLessThan(50);
      expect(idsIn((await visitor.get(`/movies.csv?${query}`)).body)).toEqual(shown);
    }
  });

  test('read in several pages it holds every row once, in order, with the same answer for every sort', async () => {
    for (const sort of ['votes', 'title', 'year', 'rating']) {
      const ids = idsIn((await vlad.get(`/movies.csv?type=tvMiniSeries&sort=${sort}`)).body);
      expect(ids).toHaveLength(1700);
      expect(ids).toEqual([...ids].sort((a, b) => (sort === 'title' ? a - b : b - a)));
    }
  });
});

describe.runIf(databaseKinds.includes('server'))('the file of titles and a slow client', () => {
  const hub = hubOn('server');
  let test2: Visitor;
  let address: string;
  /** The hub's end of the connection that was opened last. */
  let latest: Socket;
  beforeAll(async () => {
    // More than the buffers on the way hold.
    await hub.db.admin.query(
      `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title)
       SELECT n, 6, n || repeat('x', 1400), n || repeat('y', 1400) FROM generate_series(1, 9000) AS n`,
    );
    await entitle(hub.db, 'test2', [6]);
    test2 = await visitorOf(hub.app, 'test2');
    await hub.app.listen({ port: 0, host: '127.0.0.1' });
    hub.app.server.on('connection', (socket) => {
      latest = socket;
    });
    address = `http://127.0.0.1:${(hub.app.server.address() as AddressInfo).port}`;
  });

  /** Begins to take the file, and returns when the hub waits for the client. */
  async function begin(): Promise<IncomingMessage> {
    const { reader } = hub.db.pools;
    let scopes = 0;
    const count = () => {
      scopes += 1;
    };
    reader.on('acquire', count);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${address}/movies.csv`, { headers: { cookie: test2.cookie } }, resolve).on('error', reject);
    });
    let before = -1;
    await until(() => {
      const isWaiting = scopes === before && busy() === 0 && latest.writableNeedDrain;
      before = scopes;
      return isWaiting;
    });
    reader.off('acquire', count);
    expect(scopes).toBeGreaterThan(2);
    expect(scopes).toBeLessThan(18);
    return answer;
  }
  const busy = () => hub.db.pools.reader.totalCount - hub.db.pools.reader.idleCount;

  test('no connection is held meanwhile, and what the user loses meanwhile is not in the rest', async () => {
    const answer = await begin();
    expect(busy()).toBe(0);
    await entitle(hub.db, 'test2', []);
    const pieces: Buffer[] = [];
    for await (const piece of answer) pieces.push(piece as Buffer);
    await entitle(hub.db, 'test2', [6]);
    const rows = parse(Buffer.concat(pieces), { columns: true });
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length % 500).toBe(0);
    expect(rows.length).toBeLessThan(9000);
    expect(parse((await test2.get('/movies.csv')).body, { columns: true })).toHaveLength(9000);
  });

  test('a user is sent one file at once, and another when it has ended; it ends with the session', async () => {
    const first = await begin();
    const refused = await test2.get('/movies.csv');
    expect(refused.statusCode).toBe(429);
    expect((await (await visitorOf(hub.app, 'jim')).get('/movies.csv')).statusCode).toBe(200);
    first.destroy();
    await until(async () => (await test2.get('/movies.csv')).statusCode === 200);
    const second = await begin();
    await hub.db.admin.query(`DELETE FROM movie_hub_app.sessions WHERE username = 'test2'`);
    let length = 0;
    const read = async () => {
      for await (const piece of second) length += (piece as Buffer).length;
    };
    await expect(read()).rejects.toThrow();
    expect(length).toBeGreaterThan(0);
    test2 = await visitorOf(hub.app, 'test2');
    expect((await test2.get('/movies.csv')).statusCode).toBe(200);
  });

  test('when the client leaves, no more is read', async () => {
    const answer = await begin();
    let scopes = 0;
    hub.db.pools.reader.on('acquire', () => {
      scopes += 1;
    });
    answer.destroy();
    await until(() => latest.closed && busy() === 0);
    await test2.get('/movies');
    expect(scopes).toBe(1);
  });
});
