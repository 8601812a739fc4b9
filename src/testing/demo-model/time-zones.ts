/** Finds the IANA time zone of a city, a country with one time zone, an abbreviation or a zone's name. */
export function findTimeZone(place: string): string | undefined {
  const words = placeWords(place);
  const name = zoneName(words);
  if (words.length === 0 || words.length > 60) return undefined;
  const known = zones().get(name) ?? ALIASES[name] ?? intlZone(words);
  if (known !== undefined) return known;
  const city = words.split(',')[0] ?? '';
  return city === words ? undefined : findTimeZone(city);
}

/** Finds the time zone, or returns the words, which the time tool then rejects as unknown. */
export function timeZoneFrom(place: string): string | undefined {
  const words = placeWords(place);
  return findTimeZone(words) ?? (/^[\p{L}\p{M}\p{N} _./+'-]{1,60}$/u.test(words) ? words : undefined);
}

const ALIASES: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  ...namesOf(
    'America/New_York',
    'nyc',
    'ny',
    'manhattan',
    'brooklyn',
    'boston',
    'washington',
    'washington dc',
    'miami',
  ),
  ...namesOf('America/New_York', 'atlanta', 'philadelphia', 'est', 'eastern', 'us east'),
  ...namesOf('America/Chicago', 'dallas', 'houston', 'austin', 'texas', 'cst', 'central'),
  ...namesOf(
    'America/Los_Angeles',
    'la',
    'hollywood',
    'california',
    'san francisco',
    'sf',
    'seattle',
    'las vegas',
  ),
  ...namesOf('America/Los_Angeles', 'san diego', 'silicon valley', 'pst', 'pacific', 'us west'),
  ...namesOf('America/Toronto', 'montreal', 'ottawa'),
  ...namesOf('America/Sao_Paulo', 'rio', 'rio de janeiro', 'brasilia'),
  ...namesOf(
    'Europe/London',
    'uk',
    'united kingdom',
    'great britain',
    'britain',
    'england',
    'scotland',
    'wales',
    'edinburgh',
  ),
  ...namesOf('Europe/Dublin', 'ireland'),
  ...namesOf('Europe/Berlin', 'germany', 'munich', 'hamburg', 'frankfurt', 'cologne', 'cet'),
  ...namesOf('Europe/Paris', 'france', 'cannes', 'lyon', 'marseille'),
  ...namesOf('Europe/Rome', 'italy', 'milan', 'venice', 'naples'),
  ...namesOf('Europe/Madrid', 'spain', 'barcelona'),
  ...namesOf('Europe/Zurich', 'switzerland', 'geneva', 'bern', 'basel'),
  ...namesOf('Europe/Amsterdam', 'netherlands', 'holland', 'the netherlands'),
  ...namesOf('Europe/Brussels', 'belgium'),
  ...namesOf('Europe/Vienna', 'austria'),
  ...namesOf('Europe/Stockholm', 'sweden'),
  ...namesOf('Europe/Oslo', 'norway'),
  ...namesOf('Europe/Copenhagen', 'denmark'),
  ...namesOf('Europe/Helsinki', 'finland'),
  ...namesOf('Europe/Athens', 'greece'),
  ...namesOf('Europe/Prague', 'czechia', 'czech republic'),
  ...namesOf('Europe/Budapest', 'hungary'),
  ...namesOf('Europe/Kiev', 'kyiv', 'ukraine'),
  ...namesOf(
    'Asia/Kolkata',
    'india',
    'mumbai',
    'bombay',
    'delhi',
    'new delhi',
    'bangalore',
    'chennai',
    'kolkata',
    'ist',
  ),
  ...namesOf('Asia/Shanghai', 'china', 'beijing', 'shenzhen'),
  ...namesOf('Asia/Seoul', 'korea', 'south korea'),
  ...namesOf('Asia/Tokyo', 'osaka', 'kyoto', 'jst'),
  ...namesOf('Asia/Ho_Chi_Minh', 'vietnam', 'hanoi', 'ho chi minh city'),
  ...namesOf('Asia/Bangkok', 'thailand'),
  ...namesOf('Asia/Kathmandu', 'nepal', 'kathmandu'),
  ...namesOf('Asia/Yangon', 'myanmar', 'yangon'),
  ...namesOf('Asia/Karachi', 'pakistan', 'islamabad', 'lahore'),
  ...namesOf('Asia/Dubai', 'abu dhabi', 'united arab emirates', 'uae'),
  ...namesOf('Asia/Jerusalem', 'tel aviv'),
  ...namesOf('Africa/Johannesburg', 'south africa', 'cape town'),
  ...namesOf('Africa/Nairobi', 'kenya'),
  ...namesOf('Africa/Lagos', 'nigeria'),
  ...namesOf('Africa/Casablanca', 'morocco'),
  ...namesOf('Pacific/Auckland', 'new zealand', 'wellington'),
  ...namesOf('Pacific/Honolulu', 'hawaii'),
  ...namesOf('Australia/Sydney', 'canberra'),
});

function placeWords(place: string): string {
  return place
    .replace(/^["'`]+|["'`?.!,;:\s]+$/g, '')
    .replace(/^(?:the )?(?:city|town|time zone|country) (?:of )?/i, '')
    .replace(/ time(?: zone)?$/i, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Normalises a name: "São Paulo", "sao_paulo" and "Sao-Paulo" become the same. */
function zoneName(words: string): string {
  return words
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[\s_.'-]+/g, ' ')
    .trim();
}

let knownZones: ReadonlyMap<string, string> | undefined;

/** Returns all zones by full name and by last part, created at first use. */
function zones(): ReadonlyMap<string, string> {
  if (knownZones !== undefined) return knownZones;
  const zones = new Map<string, string>();
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    zones.set(zoneName(zone), zone);
    const city = zoneName(zone.slice(zone.lastIndexOf('/') + 1));
    if (!zones.has(city)) zones.set(city, zone);
  }
  knownZones = zones;
  return zones;
}

/** Accepts zones beyond the listed ones: UTC, Asia/Kolkata, Japan. */
function intlZone(words: string): string | undefined {
  const name = words.replaceAll(' ', '_');
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return name.includes('/') ? name : timeZone;
  } catch {
    return undefined;
  }
}

function namesOf(zone: string, ...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, zone]));
}
