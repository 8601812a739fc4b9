import { Draws, missing, nconst, tconst } from './draws';
import { Titles, typeOf } from './titles';
import { characterName, personName, titlePhrase } from './words';

/** How one of IMDb's files is generated. */
export interface FilePlan {
  readonly name: string;
  /** Names of the columns; after a colon, the ways in which values can be spoiled. */
  readonly columns: string;
  /** How many titles, or people, the file is about. */
  readonly count: number;
  /** Average number of lines for each of them. */
  readonly weight: number;
  /** Returns the lines of one; there may be none. */
  readonly lines: (number: number) => string;
}

/** Plans IMDb's seven files. */
export function planFiles(count: number, seed: number): FilePlan[] {
  const titles = new Titles(count, seed);
  const { basics, akas, episode, ratings } = titleLines(titles, seed);
  const { name, principals, crew } = peopleLines(titles, seed);
  const plans: [name: string, weight: number, lines: FilePlan['lines'], columns: string][] = [
    [
      'title.basics',
      1,
      basics,
      'tconst titleType:type primaryTitle:needed originalTitle:text isAdult startYear:number endYear runtimeMinutes genres',
    ],
    [
      'name.basics',
      1,
      name,
      'nconst primaryName:text,needed birthYear:number deathYear primaryProfession knownForTitles',
    ],
    [
      'title.akas',
      4.5,
      akas,
      'titleId:reference ordering:number title:text,needed region language types attributes isOriginalTitle',
    ],
    ['title.crew', 1, crew, 'tconst directors:reference writers'],
    ['title.episode', 0.75, episode, 'tconst parentTconst:reference seasonNumber:number episodeNumber'],
    [
      'title.principals',
      8.5,
      principals,
      'tconst ordering:number nconst:reference category:needed job:text characters:json',
    ],
    ['title.ratings', 0.13, ratings, 'tconst:reference averageRating:needed numVotes:number'],
  ];
  return plans.map(([file, weight, lines, columns]) => ({
    name: file,
    weight,
    lines,
    columns,
    count: file === 'name.basics' ? titles.people : count,
  }));
}

const line = (...values: (string | number)[]) => `${values.join('\t')}\n`;

const lastYear = 2025;
/** The most common first. */
const genres =
  'Drama Comedy Documentary Romance Action Crime Thriller Talk-Show Family News Animation Reality-TV Music Adventure Horror Fantasy Mystery Game-Show Sci-Fi History Sport Biography Musical War Western Film-Noir'.split(
    ' ',
  );
type Region = [region: string, language: string, episode: string];
/** Regions with their languages and their words for an episode. */
const regions =
  'US \\N Episode,DE de Folge,FR fr Épisode,JP ja エピソード,IN hi एपिसोड,ES es Episodio,IT it Episodio,PT pt Episódio,GB \\N Episode,XWW en Episode'
    .split(',')
    .map((region) => region.split(' ') as Region);
/** IMDb's files join several types or attributes by a control character. */
const akaTypes = 'imdbDisplay \\N alternative working tv dvd\u0002video festival video'.split(' ');
const akaAttributes = ['literal title', 'short title', 'new title', 'complete title\u0002DVD box title'];

function titleLines(titles: Titles, seed: number) {
  const [texts, basics, akas] = [new Draws(seed, 10), new Draws(seed, 11), new Draws(seed, 12)];
  const [ratings, originals] = [new Draws(seed, 13), new Draws(seed, 14)];

  /** Thousands of titles are `Pilot`; many episodes have no title but their number. */
  const primary = (title: number): string => {
    const draws = texts.of(title);
    const type = typeOf(title);
    const number = titles.placeOf(title)?.number;
    if (type === 'tvPilot' || (type === 'tvEpisode' && draws.chance(0.01))) return 'Pilot';
    if (number !== undefined && draws.chance(0.4)) return `Episode #${number.season}.${number.episode}`;
    return titlePhrase(draws);
  };
  /** Some titles have another one in their original language; episodes have not. */
  const original = (title: number): string | undefined => {
    if (typeOf(title) === 'tvEpisode') return undefined;
    const draws = originals.of(title);
    return draws.chance(0.12) ? titlePhrase(draws) : undefined;
  };

  return {
    basics: (title: number): string => {
      const draws = basics.of(title);
      const type = typeOf(title);
      const text = primary(title);
      const year = draws.chance(0.09)
        ? undefined
        : lastYear - draws.ranked(type.startsWith('tv') ? 79 : 130, 8);
      const hasEnd = type.endsWith('Series') && year !== undefined && draws.chance(0.5);
      const end = hasEnd ? Math.min(lastYear, year + draws.skewed(20, 2)) : missing;
      const minutes = draws.chance(0.6) ? 1 + draws.below(type === 'movie' ? 180 : 60) : missing;
      const isAdult = draws.chance(0.03);
      const fixed = [...(/short/i.test(type) ? ['Short'] : []), ...(isAdult ? ['Adult'] : [])];
      const genreCount = draws.chance(0.05) ? 0 : 1 + draws.below(3);
      const list = draws.list(genreCount, () => draws.pick(genres, 2), fixed);
      const years = [year ?? missing, end, minutes];
      return line(tconst(title), type, text, original(title) ?? text, isAdult ? 1 : 0, ...years, list);
    },
    akas: (title: number): string => {
      const draws = akas.of(title);
      const isEpisode = typeOf(title) === 'tvEpisode';
      const count = isEpisode ? draws.below(10) : draws.skewed(14, 1.6);
      if (count === 0) return '';
      const id = tconst(title);
      const first = original(title) ?? primary(title);
      let lines = line(id, 1, first, missing, missing, 'original', missing, 1);
      const number = titles.placeOf(title)?.number;
      const isNumbered = number !== undefined && (first.startsWith('Episode #') || draws.chance(0.5));
      const offset = draws.below(regions.length);
      for (let ordering = 2; ordering <= count; ordering += 1) {
        const [region, language, word] = regions[(offset + ordering) % regions.length] as Region;
        const text = isNumbered ? `${word} #${number.season}.${number.episode}` : titlePhrase(draws);
        const attribute = draws.chance(0.02) ? draws.pick(akaAttributes) : missing;
        const type = draws.pick(akaTypes, 3);
        lines += `${id}\t${ordering}\t${text}\t${region}\t${language}\t${type}\t${attribute}\t0\n`;
      }
      return lines;
    },
    episode: (title: number): string => {
      const place = titles.placeOf(title);
      if (place === undefined) return '';
      const { season, episode } = place.number ?? { season: missing, episode: missing };
      return line(tconst(title), tconst(place.series), season, episode);
    },
    ratings: (title: number): string => {
      const votes = titles.votesOf(title);
      if (votes === undefined) return '';
      const draws = ratings.of(title);
      const mean = (draws.next() + draws.next() + draws.next()) / 3;
      return line(tconst(title), ((10 + Math.round(mean * 90)) / 10).toFixed(1), votes);
    },
  };
}

/** So skewed are credits that the busiest person has about 165,000 of the 95 million at IMDb's size. */
const creditSkew = 2.59;
/** People of a series who return in its episodes. */
const ensemble = 25;
/** The most common first: nearly half of all credits are for acting. */
const categories =
  'actor self director writer producer cinematographer editor composer archive_footage production_designer'.split(
    ' ',
  );
const professions =
  'actor miscellaneous director writer producer camera_department editor composer soundtrack production_designer'.split(
    ' ',
  );
const jobs = 'producer,executive producer,novel,screenplay by,director of photography,based on'.split(',');

function peopleLines(titles: Titles, seed: number) {
  const [names, credits] = [new Draws(seed, 21), new Draws(seed, 22)];
  const [crews, ensembles] = [new Draws(seed, 23), new Draws(seed, 24)];
  /** Who is an actress in one title is one in all. */
  const gendered = (category: string, person: number) =>
    category === 'actor' && person % 3 === 1 ? 'actress' : category;

  return {
    name: (person: number): string => {
      const draws = names.of(person);
      const name = personName(draws);
      const birth = draws.chance(0.05) ? 1880 + draws.below(130) : undefined;
      const isDead = birth !== undefined && draws.chance(0.3);
      const death = isDead ? Math.min(lastYear, birth + 15 + draws.below(80)) : missing;
      const works = draws.list(draws.chance(0.8) ? 1 + draws.below(3) : 0, () =>
        gendered(draws.pick(professions, 2.9), person),
      );
      const known = draws.list(draws.chance(0.85) ? 1 + draws.skewed(4, 1.5) : 0, () =>
        tconst(draws.below(titles.count)),
      );
      return line(nconst(person), name, birth ?? missing, death, works, known);
    },
    principals: (title: number): string => {
      const draws = credits.of(title);
      const id = tconst(title);
      const series = titles.placeOf(title)?.series;
      let lines = '';
      for (let ordering = 1, count = 4 + draws.below(10); ordering <= count; ordering += 1) {
        const isRegular = series !== undefined && draws.chance(0.6);
        const from = isRegular ? ensembles.of(series * ensemble + draws.below(ensemble)) : draws;
        const person = from.skewed(titles.people, creditSkew);
        const category = draws.pick(categories, 2.9);
        const acts = category === 'actor';
        const job = acts || draws.chance(0.8) ? missing : draws.pick(jobs);
        const characters = acts ? charactersOf(draws) : missing;
        const role = gendered(category, person);
        lines += `${id}\t${ordering}\t${nconst(person)}\t${role}\t${job}\t${characters}\n`;
      }
      return lines;
    },
    crew: (title: number): string => {
      const draws = crews.of(title);
      const list = (share: number) =>
        draws.list(draws.chance(share) ? 1 + draws.skewed(4, 3) : 0, () =>
          nconst(draws.skewed(titles.people, creditSkew)),
        );
      return line(tconst(title), list(0.6), list(0.5));
    },
  };
}

function charactersOf(draws: Draws): string {
  if (draws.chance(0.1)) return missing;
  const first = characterName(draws);
  return JSON.stringify(draws.chance(0.04) ? [first, characterName(draws)] : [first]);
}
