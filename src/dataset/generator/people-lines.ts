import { nconst, nothing, tconst } from './ids';
import { Draws } from './random';
import type { TitlePlan } from './title-plan';
import { characterName, personName } from './words';

/** So skewed are credits that the busiest person has about 165,000 among the 95 million of IMDb's size. */
const skew = 2.59;
/** People of a series who come back in its episodes. */
const ensemble = 25;
const acting = 'actor';
/** Nearly half of all credits are the first. */
const categories = [
  acting,
  'self',
  'director',
  'writer',
  'producer',
  'cinematographer',
  'editor',
  'composer',
  'archive_footage',
  'production_designer',
];
const professions = [
  acting,
  'miscellaneous',
  'director',
  'writer',
  'producer',
  'camera_department',
  'editor',
  'composer',
  'soundtrack',
  'production_designer',
];
const jobs = [
  'producer',
  'executive producer',
  'novel',
  'screenplay by',
  'director of photography',
  'based on',
];

/** Makes the lines of the files that are about people. */
export class PeopleLines {
  readonly #plan: TitlePlan;
  readonly #names: Draws;
  readonly #credits: Draws;
  readonly #crew: Draws;
  readonly #ensembles: Draws;

  constructor(plan: TitlePlan, seed: number) {
    this.#plan = plan;
    this.#names = new Draws(seed, 21);
    this.#credits = new Draws(seed, 22);
    this.#crew = new Draws(seed, 23);
    this.#ensembles = new Draws(seed, 24);
  }

  name(person: number): string {
    const draws = this.#names.of(person);
    const name = personName(draws);
    const birth = draws.chance(0.05) ? 1880 + draws.below(130) : undefined;
    const isDead = birth !== undefined && draws.chance(0.3);
    const death = isDead ? Math.min(2025, birth + 15 + draws.below(80)) : nothing;
    const works = listOf(draws.chance(0.8) ? 1 + draws.below(3) : 0, () =>
      named(draws.pickSkewed(professions, 2.9), person),
    );
    const known = listOf(draws.chance(0.85) ? 1 + draws.skewed(4, 1.5) : 0, () =>
      tconst(draws.below(this.#plan.titles)),
    );
    return `${nconst(person)}\t${name}\t${birth ?? nothing}\t${death}\t${works}\t${known}\n`;
  }

  principals(title: number): string {
    const draws = this.#credits.of(title);
    const { people } = this.#plan;
    const id = tconst(title);
    const series = this.#plan.partOf(title)?.series;
    let lines = '';
    for (let ordering = 1, count = 4 + draws.below(10); ordering <= count; ordering += 1) {
      const isRegular = series !== undefined && draws.chance(0.6);
      const person = (
        isRegular ? this.#ensembles.of(series * ensemble + draws.below(ensemble)) : draws
      ).skewed(people, skew);
      const category = draws.pickSkewed(categories, 2.9);
      const plays = category === acting;
      const job = plays || draws.chance(0.8) ? nothing : draws.pick(jobs);
      const characters = plays ? charactersOf(draws) : nothing;
      lines += `${id}\t${ordering}\t${nconst(person)}\t${named(category, person)}\t${job}\t${characters}\n`;
    }
    return lines;
  }

  crew(title: number): string {
    const draws = this.#crew.of(title);
    const list = (share: number) =>
      listOf(draws.chance(share) ? 1 + draws.skewed(4, 3) : 0, () =>
        nconst(draws.skewed(this.#plan.people, skew)),
      );
    return `${tconst(title)}\t${list(0.6)}\t${list(0.5)}\n`;
  }
}

/** Who is an actress in one title is one in all. */
function named(category: string, person: number): string {
  return category === acting && person % 3 === 1 ? 'actress' : category;
}

/** Draws so many, and leaves out what came twice. */
function listOf(count: number, draw: () => string): string {
  const found = new Set<string>();
  for (let left = count; left > 0; left -= 1) found.add(draw());
  return found.size === 0 ? nothing : [...found].join(',');
}

function charactersOf(draws: Draws): string {
  if (draws.chance(0.1)) return nothing;
  const first = characterName(draws);
  return JSON.stringify(draws.chance(0.04) ? [first, characterName(draws)] : [first]);
}
