import type { Pool } from 'pg';

/** A title to put into a test's database, as its owner, past every policy. */
export interface SeedTitle {
  id: number;
  type: number;
  title: string;
  original?: string;
  year?: number;
  votes?: number;
  cast?: readonly { id: number; name: string; characters?: readonly string[]; category?: string }[];
  directors?: readonly { id: number; name: string }[];
  genres?: readonly string[];
  akas?: readonly string[];
  parent?: { id: number; type: number; season?: number; episode?: number };
}

/** Inserts titles with all that hangs on them. */
export async function seed(admin: Pool, titles: readonly SeedTitle[]): Promise<void> {
  for (const t of titles) {
    await admin.query(
      `INSERT INTO movie_hub.titles (title_id, title_type, primary_title, original_title, start_year) VALUES ($1, $2, $3, $4, $5)`,
      [t.id, t.type, t.title, t.original ?? t.title, t.year ?? null],
    );
    if (t.votes !== undefined) {
      await admin.query('INSERT INTO movie_hub.ratings VALUES ($1, $2, 7.5, $3)', [t.id, t.type, t.votes]);
    }
    for (const [i, p] of (t.cast ?? []).entries()) {
      await person(admin, p);
      await admin.query(
        `INSERT INTO movie_hub.principals (title_id, ordering, title_type, name_id, category, characters)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [
          t.id,
          i + 1,
          t.type,
          p.id,
          p.category ?? 'actor',
          p.characters ? JSON.stringify(p.characters) : null,
        ],
      );
    }
    for (const [i, p] of (t.directors ?? []).entries()) {
      await person(admin, p);
      await admin.query(`INSERT INTO movie_hub.crew VALUES ($1, $2, 'director', $3, $4)`, [
        t.id,
        t.type,
        i + 1,
        p.id,
      ]);
    }
    for (const genre of t.genres ?? []) {
      await admin.query('INSERT INTO movie_hub.genres VALUES ($1, $2, $3)', [t.id, t.type, genre]);
    }
    for (const [i, aka] of (t.akas ?? []).entries()) {
      await admin.query(
        'INSERT INTO movie_hub.akas (title_id, ordering, title_type, title) VALUES ($1, $2, $3, $4)',
        [t.id, i + 1, t.type, aka],
      );
    }
    if (t.parent !== undefined) {
      await admin.query('INSERT INTO movie_hub.episodes VALUES ($1, $2, $3, $4, $5, $6)', [
        t.id,
        t.type,
        t.parent.id,
        t.parent.type,
        t.parent.season ?? null,
        t.parent.episode ?? null,
      ]);
    }
  }
}

async function person(admin: Pool, who: { id: number; name: string }): Promise<void> {
  await admin.query(
    'INSERT INTO movie_hub.names (name_id, primary_name) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [who.id, who.name],
  );
}
