import { Draws } from './random';
import { nconst, nothing, tconst } from './title-lines';
import type { TitlePlan } from './title-plan';
import { characterName, personName } from './words';

/** So skewed are credits that the busiest person has about 165,000 among the 95 million of IMDb's size. */
const skew = 2.59;
/** People of a series who come back in its episodes. */
const ensemble = 25;

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
    const death = birth !== undefined && draws.chance(0.3) ? birth + 30 + draws.below(60) : undefined;
    const professions = draws.chance(0.2)
      ? nothing
      : [...new Set([draws.pickSkewed(categories), draws.pickSkewed(categories)])].join(',');
    const known = draws.chance(0.15) ? nothing : tconst(draws.below(this.#plan.titles));
    return `${nconst(person)}\t${name}\t${birth ?? nothing}\t${death ?? nothing}\t${professions}\t${known}\n`;
  }

  principals(title: number): string {
    const draws = this.#credits.of(title);
    const count = 4 + draws.below(10);
    const series = this.#plan.seriesOf(title)?.series;
    let lines = '';
    for (let ordering = 1; ordering <= count; ordering += 1) {
      const isRegular = series !== undefined && draws.chance(0.6);
      const person = isRegular
        ? this.#ensembles.of(series * ensemble + draws.below(ensemble)).skewed(this.#plan.people, skew)
        : draws.skewed(this.#plan.people, skew);
      const category = draws.pickSkewed(categories, 2.2);
      const plays = category === 'actor' || category === 'actress';
      const job = plays || draws.chance(0.8) ? nothing : draws.pick(jobs);
      lines += `${tconst(title)}\t${ordering}\t${nconst(person)}\t${category}\t${job}\t${plays ? charactersOf(draws) : nothing}\n`;
    }
    return lines;
  }

  crew(title: number): string {
    const draws = this.#crew.of(title);
    const list = (share: number) => {
      if (!draws.chance(share)) return nothing;
      const people = new Set<string>();
      for (let left = 1 + draws.skewed(4, 3); left > 0; left -= 1)
        people.add(nconst(draws.skewed(this.#plan.people, skew)));
      return [...people].join(',');
    };
    return `${tconst(title)}\t${list(0.6)}\t${list(0.5)}\n`;
  }
}

function charactersOf(draws: Draws): string {
  if (draws.chance(0.1)) return nothing;
  const first = characterName(draws);
  return JSON.stringify(draws.chance(0.04) ? [first, characterName(draws)] : [first]);
}

const categories =
  'actor actress self director writer producer cinematographer editor composer archive_footage production_designer'.split(
    ' ',
  );
const jobs = [
  'producer',
  'executive producer',
  'novel',
  'screenplay by',
  'director of photography',
  'based on',
];
