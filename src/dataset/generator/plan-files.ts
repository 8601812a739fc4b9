import type { MessyColumns } from './mess';
import { PeopleLines } from './people-lines';
import { TitleLines } from './title-lines';
import { TitlePlan } from './title-plan';

/** How one of the files is made. */
export interface FilePlan {
  /** IMDb's name: `title.basics`. */
  readonly name: string;
  readonly columns: readonly string[];
  /** How many titles, or people, the file is about. */
  readonly count: number;
  /** Lines for each of them, about: what progress and the share of spoiled lines are measured in. */
  readonly weight: number;
  /** Makes the lines of one; there may be none. */
  readonly lines: (number: number) => string;
  readonly messy: MessyColumns;
}

/** Plans IMDb's seven files. Each is made without the others. */
export function planFiles(titles: number, seed: number): FilePlan[] {
  const plan = new TitlePlan(titles, seed);
  const about = new TitleLines(plan, seed);
  const people = new PeopleLines(plan, seed);
  return [
    {
      name: 'title.basics',
      columns: split(
        'tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres',
      ),
      count: titles,
      weight: 1,
      lines: (title) => about.basics(title),
      messy: { text: 3, needed: 2, number: 5, type: 1 },
    },
    {
      name: 'name.basics',
      columns: split('nconst primaryName birthYear deathYear primaryProfession knownForTitles'),
      count: plan.people,
      weight: 1,
      lines: (person) => people.name(person),
      messy: { text: 1, needed: 1, number: 2 },
    },
    {
      name: 'title.akas',
      columns: split('titleId ordering title region language types attributes isOriginalTitle'),
      count: titles,
      weight: 4.5,
      lines: (title) => about.akas(title),
      messy: { text: 2, needed: 2, number: 1, reference: 0 },
    },
    {
      name: 'title.crew',
      columns: split('tconst directors writers'),
      count: titles,
      weight: 1,
      lines: (title) => people.crew(title),
      messy: { reference: 1 },
    },
    {
      name: 'title.episode',
      columns: split('tconst parentTconst seasonNumber episodeNumber'),
      count: titles,
      weight: 0.75,
      lines: (title) => about.episode(title),
      messy: { number: 2, reference: 1 },
    },
    {
      name: 'title.principals',
      columns: split('tconst ordering nconst category job characters'),
      count: titles,
      weight: 8.5,
      lines: (title) => people.principals(title),
      messy: { text: 4, needed: 3, number: 1, json: 5, reference: 2 },
    },
    {
      name: 'title.ratings',
      columns: split('tconst averageRating numVotes'),
      count: titles,
      weight: 0.13,
      lines: (title) => about.ratings(title),
      messy: { needed: 1, number: 2, reference: 0 },
    },
  ];
}

function split(text: string): string[] {
  return text.split(' ');
}
