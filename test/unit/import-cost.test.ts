import { expect, test, vi } from 'vitest';

const counts = vi.hoisted(() => ({ validators: 0, luxon: 0 }));

vi.mock('ajv/dist/2020.js', async (importOriginal) => {
  const { Ajv2020 } = await importOriginal<typeof import('ajv/dist/2020.js')>();
  return {
    Ajv2020: class extends Ajv2020 {
      constructor(...options: ConstructorParameters<typeof Ajv2020>) {
        super(...options);
        counts.validators += 1;
      }
    },
  };
});
vi.mock('luxon', async (importOriginal) => {
  counts.luxon += 1;
  return importOriginal<typeof import('luxon')>();
});

test('importing the package makes no validator and loads no luxon; the first use of the movie tools does', async () => {
  const { movieTools } = await import('movie-hub');
  expect(movieTools).toHaveLength(2);
  expect(counts).toEqual({ validators: 0, luxon: 0 });
  expect(movieTools.map(({ name }) => name)).toEqual(['get_movie_characters', 'get_actor_roles']);
  const { validators } = counts;
  expect(validators).toBeGreaterThan(0);
  // They are defined once.
  expect([...movieTools]).toEqual([...movieTools]);
  expect(counts.validators).toBe(validators);
});
