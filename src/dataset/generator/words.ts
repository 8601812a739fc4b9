import type { Draws } from './random';

/** Words that titles share, the most common first. */
const common = words(
  'Love Night Day Man Life World House Time Girl Woman King Death Story Boy City Dead Last Great Little War Heart Dark Home Big Black Family Game Red Street Blood Road Secret Water Star White Child Fire Light Dream Summer Song Island Wild Lost Moon River Long New Good Old Blue Golden Queen Brother Mother Father Sister Stranger Journey Shadow Angel Devil Ghost Master Doctor Murder Money Music Show Party Wedding Christmas Train School Winter Sea Sky Sun Storm Wind Mountain Valley Garden Bridge Door Window Mirror Letter Book Circus Dance Hunter Soldier Captain Prince Princess Thief Killer Witness Trial Judge Revenge Return Rise Fall Escape Hunt Chase Battle Empire Kingdom Legend Tale Mystery Paradise Hell Heaven Earth Space Planet Robot Dragon Wolf Tiger Lion Horse Dog Cat Bird Snake Spider Rose Flower Tree Forest Desert Ocean Beach Harbor Station Hotel Hospital Church Prison Castle Tower Palace Village Town Country America Paris London Tokyo Berlin Rome Mexico Texas Silence Fear Hope Glory Honor Justice Truth Lies Promise Memory Future Past Tomorrow Yesterday Midnight Morning Evening Sunday Monday Friday Zero One Two Three Seven Hundred Thousand Million It Us Her Up Me You They',
);
/** Words whose marks somebody who searches leaves out. */
const marked = words(
  'Amélie Señora Über Mädchen Crème Brûlée São Niño Café Façade Naïve Coração Ångström Été Forêt Öland Škoda Żywiec Čaj Ægir WALL·E L’Été Noël Piñata Señor Vålerenga Çelik Ørsted Þór Straße',
);
const elsewhere = words('東京 物語 Иван Москва 서울 กรุงเทพ القاهرة Ελλάδα Київ 香港 千と千尋 דרך');
const beginnings = words(
  'Al An Ar Ba Be Bo Bra Ca Ce Cha Da De Do El En Fa Fi Ga Go Ha He Ho Il In Ja Ka Ke Kri La Le Lo Ma Me Mi Na No O Pa Pe Ra Ri Sa Se Sha Si Ta Te Ti U Va Vi Wa Ya Ze Zu',
);
const middles = words(
  'ba be bri can co da de di do fa ga go la le li lo ma mi na ne ni no ra re ri ro sa se si ta te ti to va ve vi',
);
const ends = words(
  'n s r l t th ck nd rt st m ria nia lla tto dez son sen ski wicz ova ini eau ard berg feld man ton ley well',
);
const firstNames = words(
  'John Michael David James Maria Robert Anna William Peter Paul Richard Mark Thomas Daniel Christopher Laura George Jennifer Charles Mary Lisa Steven Kevin Brian Andrew Susan Jim Joe Elizabeth Karen Sarah Barbara Nancy Linda Emma Sophie Julia Marie Carlos Jose Luis Juan Antonio Francesco Marco Giuseppe Hans Klaus Werner Jürgen Pierre Jean Jacques René François Chloé Zoë Björn Lars Søren Åsa Ivan Sergei Natalia Olga Dmitri Hiroshi Takeshi Yuki Kenji Akira Wei Li Ming Jin Min Raj Priya Amit Anil Sunita Ahmed Mohamed Fatima Omar Ali Kwame Amara Chidi Ngozi Tunde Vlad Mihai Ioana Zoltán István Éva Jan Piotr Agnieszka Katarzyna Pavel Jiří',
);
const lastNames = words(
  'Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Lee Kim Wang Chen Singh Kumar Khan Müller Schmidt Martin Bernard Rossi Ferrari Silva Santos Ivanov Petrov Tanaka Suzuki Sato Nguyen Tran Andersson Nielsen Hansen Novák Kowalski Nagy Popescu Öztürk',
);

/** How many made-up words and last names there are. */
const madeUp = beginnings.length * middles.length * ends.length;
/** Made-up words that are used as often as each other look nothing alike. A prime to their number. */
const stride = 7919;

/** Draws a word of a title: the first few are common, and some of sixty thousand others are in hardly any. */
export function wordOf(draws: Draws): string {
  const kind = draws.next();
  if (kind < 0.02) return draws.pick(marked);
  if (kind < 0.03) return draws.pick(elsewhere);
  return oneOf(common, draws.ranked(common.length + madeUp, 3));
}

/** Draws a person's name: many people share one. */
export function personName(draws: Draws): string {
  const first = draws.pickSkewed(firstNames, 1.5);
  const last = oneOf(lastNames, draws.ranked(lastNames.length + madeUp, 30));
  if (draws.chance(0.08)) return `${first} ${String.fromCharCode(65 + draws.below(26))}. ${last}`;
  return draws.chance(0.02) ? `${first} ${last} Jr.` : `${first} ${last}`;
}

/** Draws the name of a character. */
export function characterName(draws: Draws): string {
  const kind = draws.next();
  if (kind < 0.25) return draws.pickSkewed(common);
  if (kind < 0.5) return draws.pickSkewed(firstNames);
  if (kind < 0.6) return `${draws.pick(addresses)} ${invented(draws.below(madeUp))}`;
  if (kind < 0.62) return `Robert "${draws.pick(common)}" ${invented(draws.below(madeUp))}`;
  return `${draws.pickSkewed(firstNames)} ${invented(draws.below(madeUp))}`;
}

const addresses = ['Dr.', 'Mr.', 'Mrs.', 'Captain', 'Officer', 'The'];

function oneOf(known: readonly string[], rank: number): string {
  return known[rank] ?? invented(rank - known.length);
}

function invented(rank: number): string {
  const number = (rank * stride) % madeUp;
  const end = number % ends.length;
  const rest = (number - end) / ends.length;
  const middle = rest % middles.length;
  const beginning = (rest - middle) / middles.length;
  return `${beginnings[beginning]}${middles[middle]}${ends[end]}`;
}

function words(text: string): readonly string[] {
  return text.split(' ');
}
