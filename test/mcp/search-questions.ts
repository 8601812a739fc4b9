import type { SeedTitle } from '../support/seed';

/** A question, and what is found by who may see {1}, {1, 5} and every type: best first, or `?` and what is suggested. */
export interface SearchQuestion {
  readonly question: string;
  readonly expected: readonly [movies: string, withTvMovies: string, all: string];
}

/** Titles beside the demo data: namesakes, numbers, punctuation, and what only some may see. */
export const searchSeeds: readonly SeedTitle[] = [
  {
    id: 1,
    type: 1,
    title: 'Blade Runner 2049',
    year: 2017,
    votes: 640_000,
    cast: [{ id: 3, name: 'Ana María Núñez', characters: ['Joi'], category: 'actress' }],
  },
  { id: 2, type: 1, title: 'The Heat', year: 2013, votes: 180_000 },
  {
    id: 3,
    type: 1,
    title: 'Dark',
    year: 2020,
    votes: 20_000,
    cast: [{ id: 1, name: 'Chris Evans', characters: ['Shade'] }],
  },
  { id: 4, type: 1, title: 'Ring', year: 2020, votes: 25_000 },
  {
    id: 5,
    type: 1,
    title: '$',
    year: 1971,
    votes: 1_500,
    cast: [{ id: 2, name: 'Chris Evans', characters: ['Dollar'] }],
  },
  { id: 6, type: 1, title: 'A.I. Artificial Intelligence', year: 2001, votes: 320_000 },
  { id: 7, type: 1, title: 'L.A. Confidential', year: 1997, votes: 600_000 },
  { id: 8, type: 1, title: 'Wonder Woman', year: 2017, votes: 700_000 },
  { id: 9, type: 1, title: 'Wonder Woman 1984', year: 2020, votes: 300_000 },
  { id: 10, type: 5, title: 'The Alien Within', year: 1990, votes: 300, akas: ['Alien in mir'] },
  {
    id: 11,
    type: 3,
    title: 'Chris Evans Live',
    year: 1996,
    votes: 900_000,
    cast: [{ id: 2, name: 'Chris Evans', characters: ['Himself'], category: 'self' }],
  },
  { id: 12, type: 1, title: 'Die Hard', year: 1988, votes: 950_000 },
  { id: 13, type: 1, title: 'Hard', year: 1998, votes: 200_000 },
];
/** Years of birth of the namesakes among them. */
export const birthYears: readonly [personId: number, year: number][] = [
  [1, 1981],
  [2, 1966],
];

export const titleQuestions = read(`
the godfather => The Godfather (1972) | The Godfather Part II (1974)
godfather => The Godfather (1972) | The Godfather Part II (1974)
GODFATHER => The Godfather (1972) | The Godfather Part II (1974)
Godfather, The => The Godfather (1972) | The Godfather Part II (1974)
The Godfather! => The Godfather (1972) | The Godfather Part II (1974)
godfather part ii => The Godfather Part II (1974)
der pate => The Godfather (1972) | The Godfather Part II (1974)
крёстный отец => The Godfather (1972)
КРЁСТНЫЙ ОТЕЦ => The Godfather (1972)
Mario Puzo's The Godfather => The Godfather (1972)
star wars => Star Wars: Episode IV - A New Hope (1977) | Star Wars: Episode V - The Empire Strikes Back (1980) | Star Wars: Episode VI - Return of the Jedi (1983) // Star Wars: Episode IV - A New Hope (1977) | Star Wars: Episode V - The Empire Strikes Back (1980) | Star Wars: Episode VI - Return of the Jedi (1983) // Star Wars: Episode IV - A New Hope (1977) | Star Wars: Episode V - The Empire Strikes Back (1980) | Star Wars: Episode VI - Return of the Jedi (1983) | The Star Wars Holiday Special (1978)
krieg der sterne => Star Wars: Episode IV - A New Hope (1977)
csillagok haboruja => Star Wars: Episode IV - A New Hope (1977)
empire strikes back => Star Wars: Episode V - The Empire Strikes Back (1980)
lempire contre attaque => Star Wars: Episode V - The Empire Strikes Back (1980)
empire contre-attaque => Star Wars: Episode V - The Empire Strikes Back (1980)
walle => WALL·E (2008)
wall e => WALL·E (2008)
WALL-E => WALL·E (2008)
WALL·E => WALL·E (2008)
wall•e => WALL·E (2008)
se7en => Se7en (1995)
seven => Se7en (1995) | Seven Samurai (1954)
Seven Samurai => Seven Samurai (1954)
seven samouraïs => ? Seven Samurai (1954)
七人の侍 => Seven Samurai (1954)
千と千尋の神隠し => Spirited Away (2001)
amelie => Amélie (2001)
AMÉLIE => Amélie (2001)
AmE\u0301lie => Amélie (2001)
amelie poulain => Amélie (2001)
le fabuleux destin d’amelie poulain => Amélie (2001)
It => It (2017) | Some Like It Hot (1959) // It (2017) | Some Like It Hot (1959) // It (2017) | It (1990)
us => Us (2019) // Us (2019) // Us (2019) | The Last of Us (2013)
her => Her (2013)
up => Up (2009)
m => M (1931)
9 => 9 (2009)
#9 => 9 (2009)
a => Star Wars: Episode IV - A New Hope (1977)
1917 => 1917 (2019)
1917 (2019) => 1917 (2019)
2001: A Space Odyssey => 2001: A Space Odyssey (1968)
2001 => 2001: A Space Odyssey (1968)
space odyssey 1968 => 2001: A Space Odyssey (1968)
Blade Runner 2049 => Blade Runner 2049 (2017)
blade runner => Blade Runner (1982) | Blade Runner 2049 (2017)
blade runner 1982 => Blade Runner (1982)
blade runner 2017 => Blade Runner 2049 (2017)
wonder woman => Wonder Woman (2017) | Wonder Woman 1984 (2020)
wonder woman 1984 => Wonder Woman 1984 (2020)
wonder woman 2017 => Wonder Woman (2017)
fargo => Fargo (1996) // Fargo (1996) // Fargo (1996) | Fargo (2014)
Fargo 1996 => Fargo (1996)
fargo (2014) => ? Fargo (1996) // ? Fargo (1996) // Fargo (2014)
fargo 1997 => ? Fargo (1996) // ? Fargo (1996) // ? Fargo (1996) | Fargo (2014)
It (1990) => ? It (2017) // ? It (2017) // It (1990)
it 2017 => It (2017)
it, 1990 => ? It (2017) // ? It (2017) // It (1990)
star wars 1977 => Star Wars: Episode IV - A New Hope (1977)
star wars 1978 => ? Star Wars: Episode IV - A New Hope (1977) // ? Star Wars: Episode IV - A New Hope (1977) // The Star Wars Holiday Special (1978)
heat => Heat (1995) | The Heat (2013)
the heat => The Heat (2013) | Heat (1995)
heat 2013 => The Heat (2013)
dark => The Dark Knight (2008) | Dark (2020)
ring => Ring (2020) | The Lord of the Rings: The Fellowship of the Ring (2001)
$ => $ (1971)
??? => ?
ai artificial intelligence => A.I. Artificial Intelligence (2001)
A.I. => A.I. Artificial Intelligence (2001)
la confidential => L.A. Confidential (1997)
l.a. confidential => L.A. Confidential (1997)
die hard => Die Hard (1988)
hard => Hard (1998) | Die Hard (1988)
jetee => ? // ? // La Jetée (1962)
La Jetée => ? // ? // La Jetée (1962)
lion king => The Lion King (1994) // The Lion King (1994) // The Lion King (1994) | The Lion King 1½ (2004)
the lion king 1 1/2 => ? The Lion King (1994) // ? The Lion King (1994) // The Lion King 1½ (2004)
lion king 1½ => ? The Lion King (1994) // ? The Lion King (1994) // The Lion King 1½ (2004)
pans labyrinth => Pan's Labyrinth (2006)
Pan's Labyrinth => Pan's Labyrinth (2006)
pan’s labyrinth => Pan's Labyrinth (2006)
kind hearts & coronets => Kind Hearts and Coronets (1949)
lord of the rings two towers => The Lord of the Rings: The Two Towers (2002)
dr strangelove => Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb (1964)
strangelove => Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb (1964)
no country => No Country for Old Men (2007)
nightmare at 20000 feet => ? // ? // Nightmare at 20,000 Feet (1963)
duel => ? // Duel (1971) // Duel (1971)
Duell => ? // Duel (1971) // Duel (1971)
duel 1971 => ? // Duel (1971) // Duel (1971)
chernobyl => ? // ? // Chernobyl (2019)
breaking bad => ? // El Camino: A Breaking Bad Movie (2019) // Breaking Bad (2008) | El Camino: A Breaking Bad Movie (2019)
friends => ? // ? // Friends (1994) | Friends: The Reunion (2021)
the wire => ? Man on Wire (2008) // ? Man on Wire (2008) // The Wire (2002)
alien => Alien (1979) // Alien (1979) | The Alien Within (1990) // Alien (1979) | The Alien Within (1990)
alien in mir => ? Alien (1979) // The Alien Within (1990) // The Alien Within (1990)
queens gambit => ? // ? // The Queen's Gambit (2020)
gta 5 => ? // ? // Grand Theft Auto V (2013)
godfahter => ? The Godfather (1972) | The Godfather Part II (1974)
the shawshenk redemption => ? The Shawshank Redemption (1994)
casblanca => ? Casablanca (1942)
strangelov => ? Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb (1964)
star wras => ? Star Wars: Episode IV - A New Hope (1977)
blade runer => ? Blade Runner (1982) | Blade Runner 2049 (2017)
empire strikes bak => ? Star Wars: Episode V - The Empire Strikes Back (1980)
godfather movie => ? The Godfather (1972) | The Godfather Part II (1974)
fargoo 1996 => ? Fargo (1996) // ? Fargo (1996) // ? Fargo (1996) | Fargo (2014)
dule => ?
chernoble => ? // ? // ? Chernobyl (2019)
braking bad => ? // ? El Camino: A Breaking Bad Movie (2019) // ? Breaking Bad (2008) | El Camino: A Breaking Bad Movie (2019)
doctor whoo => ? // ? // ? Doctor Who (2005)
nobody ever made this => ?
zzz => ?
`);

export const personQuestions = read(`
Peter Sellers => Peter Sellers (1925)
Sellers, Peter => Peter Sellers (1925)
sellers peter => Peter Sellers (1925)
SELLERS => Peter Sellers (1925)
peter => Peter Jackson (1961) | Peter Cushing (1913) // Peter Jackson (1961) | Peter Cushing (1913) // Peter Jackson (1961) | Peter Dinklage (1969)
Robert De Niro => Robert De Niro (1943)
robert deniro => Robert De Niro (1943)
de niro => Robert De Niro (1943)
deniro => ? Robert De Niro (1943)
j.k. simmons => ? // ? // J.K. Simmons (1955)
J K Simmons => ? // ? // J.K. Simmons (1955)
jk simmons => ? // ? // J.K. Simmons (1955)
simmons => ? // ? // J.K. Simmons (1955)
george rr martin => ? George MacKay (1992) // ? George MacKay (1992) // George R.R. Martin (1948)
samuel jackson => Samuel L. Jackson (1948)
Lupita Nyong'o => Lupita Nyong'o (1983)
lupita nyongo => Lupita Nyong'o (1983)
nyong’o => Lupita Nyong'o (1983)
zoe kravitz => Zoë Kravitz (1988)
bill skarsgard => Bill Skarsgård (1990)
skarsgard => Bill Skarsgård (1990) // Bill Skarsgård (1990) // Stellan Skarsgård (1951) | Bill Skarsgård (1990)
toshiro mifune => Toshirô Mifune (1920)
ana maria nunez => Ana María Núñez
Gossett, Louis => ? // ? // Louis Gossett Jr. (1936)
louis gossett, jr. => ? // ? // Louis Gossett Jr. (1936)
Steve McQueen => Steve McQueen (1930) | Steve McQueen (1969)
mcqueen => Steve McQueen (1930) | Steve McQueen (1969)
Steve McQueen 1969 => Steve McQueen (1969)
steve mcqueen (born 1930) => Steve McQueen (1930)
steve mcqueen 1950 => ? Steve McQueen (1969) | Steve McQueen (1930)
chris evans => Chris Evans (1981) | Chris Evans (1966) // Chris Evans (1981) | Chris Evans (1966) // Chris Evans (1966) | Chris Evans (1981)
chris evans 1966 => Chris Evans (1966)
Evans, Chris (1981) => Chris Evans (1981)
dennis weaver => ? Sigourney Weaver (1949) // Dennis Weaver (1924) // Dennis Weaver (1924)
dennis weever => ? Dennis Hopper (1936) // ? Dennis Weaver (1924) // ? Dennis Weaver (1924)
jennifer aniston => ? Jennifer Connelly (1970) // ? Jennifer Connelly (1970) // Jennifer Aniston (1969)
anniston => ? // ? // ? Jennifer Aniston (1969)
song kang ho => Song Kang-ho (1967)
kang-ho song => Song Kang-ho (1967)
leonardo di caprio => Leonardo DiCaprio (1974)
scorcese => ? Martin Scorsese (1942)
harison ford => ? Harrison Ford (1942)
robert dinero => ? Robert De Niro (1943)
brad pit => ? Brad Pitt (1963)
nobody => ?
zzz => ?
`);

/** Reads lines of `question => movies // with TV movies // all`; one answer stands for all three. Names may be left out at the end. */
function read(table: string): SearchQuestion[] {
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [question = '', answers = ''] = line.split(' => ');
      const [movies = '', withTvMovies = movies, all = withTvMovies] = answers.split(' // ');
      return { question, expected: [movies, withTvMovies, all] };
    });
}
