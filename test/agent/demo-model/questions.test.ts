import type { JsonObject } from 'movie-hub';
import { describe, expect, test } from 'vitest';
import { ask } from './ask';
import { ACTOR_PARAPHRASES, TITLE_PARAPHRASES } from './paraphrases';

const TITLES = [
  'DAT429: Coding an MCP Server',
  'Quuxland 7 and the Zorble',
  'The Godfather',
  'It',
  'Her',
  'Up',
  'Us',
  'M',
  '9',
  '1917',
  'Amélie',
  'WALL·E',
  'Se7en',
  'Movie 43',
  'Kill Bill: Vol. 1',
  "Singin' in the Rain",
  "What's Up, Doc?",
  'Who Framed Roger Rabbit',
  'Monsters, Inc.',
  'Pride & Prejudice',
  'Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb',
  '七人の侍',
];

const ACTORS = [
  'Peter Sellers',
  'Jim',
  'Vlad',
  'Robert De Niro',
  "Lupita Nyong'o",
  'tom hanks',
  'Mr. T',
  'Penélope Cruz',
];

/** Makes names comparable: the question's own mark may stand for the last one of a title. */
function bare(name: string): string {
  return name.replace(/[?.!]+$/, '');
}

function bareCall({ name, input }: { name: string; input: JsonObject }): [string, JsonObject] {
  return [name, Object.fromEntries(Object.entries(input).map(([key, value]) => [key, bare(String(value))]))];
}

test('the lists hold as many paraphrases as promised', () => {
  expect(new Set(TITLE_PARAPHRASES).size).toBeGreaterThanOrEqual(30);
  expect(new Set(ACTOR_PARAPHRASES).size).toBeGreaterThanOrEqual(20);
});

test.each(TITLE_PARAPHRASES)('%s asks for the characters of the title', async (paraphrase) => {
  for (const title of TITLES) {
    const { calls, text, stopReason } = await ask(paraphrase.replace('{title}', () => title));
    expect(calls.map(bareCall), `${paraphrase} ${title}`).toEqual([
      ['get_movie_characters', { title: bare(title) }],
    ]);
    expect({ text, stopReason }).toEqual({ text: '', stopReason: 'tool_use' });
  }
});

test.each(ACTOR_PARAPHRASES)('%s asks for the roles of the actor', async (paraphrase) => {
  for (const actor of ACTORS) {
    const { calls } = await ask(paraphrase.replace('{actor}', () => actor));
    expect(calls.map(bareCall), `${paraphrase} ${actor}`).toEqual([
      ['get_actor_roles', { actor: bare(actor) }],
    ]);
  }
});

describe('a title in its surroundings', () => {
  test.each([
    ['List the characters of the 1977 film Star Wars', 'Star Wars'],
    ['cast of Star Wars (1977)', 'Star Wars'],
    ['who is in the movie "It" (1990)?', 'It'],
    ['Who is in the TV series "Fargo" from 2014?', 'Fargo'],
    ["Who's in Fargo the series?", 'Fargo'],
    ['Who is in the series Fargo?', 'Fargo'],
    ['Tell me the roles in WALL·E', 'WALL·E'],
    ['star wars cast please', 'star wars'],
    ['the star wars cast', 'star wars'],
    ['The Godfather cast', 'The Godfather'],
    ['Who played in It?', 'It'],
    ['What role did Peter Sellers play in Dr. Strangelove?', 'Dr. Strangelove'],
    ['Who did Marlon Brando play in The Godfather?', 'The Godfather'],
    ['Is Jim in DAT429?', 'DAT429'],
    ['Who is Luke Skywalker in Star Wars?', 'Star Wars'],
    ['Who is in “Up”?', 'Up'],
    ['Who is in DAT429!!!', 'DAT429'],
    ['DAT429 movie cast', 'DAT429'],
    ['The Lego Movie cast', 'The Lego Movie'],
    ['What does the cast of DAT429 look like?', 'DAT429'],
    ['Tell me about the movie Up', 'Up'],
  ])('%s', async (question, title) => {
    const { calls } = await ask(question);
    expect(calls.map((call) => [call.name, call.input])).toEqual([['get_movie_characters', { title }]]);
  });
});

describe('the time', () => {
  test.each([
    ['What time is it in Tokyo?', { time_zone: 'Asia/Tokyo' }],
    ["what's the time in New York", { time_zone: 'America/New_York' }],
    ['current time in Europe/Berlin', { time_zone: 'Europe/Berlin' }],
    ['What time is it?', {}],
    ['Do you have the time?', {}],
    ['Can you tell me what time it is in Kolkata?', { time_zone: 'Asia/Kolkata' }],
    ['What time is it in São Paulo?', { time_zone: 'America/Sao_Paulo' }],
    ['what time is it in sao paulo right now', { time_zone: 'America/Sao_Paulo' }],
    ['time in NYC please', { time_zone: 'America/New_York' }],
    ['Tokyo time', { time_zone: 'Asia/Tokyo' }],
    ['what is the local time in Buenos Aires?', { time_zone: 'America/Buenos_Aires' }],
    ['How late is it in Germany?', { time_zone: 'Europe/Berlin' }],
    ['What is the time in Washington, DC?', { time_zone: 'America/New_York' }],
    ['what time is it in UTC', { time_zone: 'UTC' }],
    ['What time is it in Mordor?', { time_zone: 'Mordor' }],
  ])('%s', async (question, input) => {
    const { calls } = await ask(question);
    expect(calls.map((call) => [call.name, call.input])).toEqual([['get_current_time', input]]);
  });

  test.each([
    ['If it is 15:00 in London, what time is it in Tokyo?', '15:00', 'Europe/London', 'Asia/Tokyo'],
    ["If it's 3 pm in London what's the time in New York?", '15:00', 'Europe/London', 'America/New_York'],
    ['It is 15:00 in London. What time is it in Tokyo?', '15:00', 'Europe/London', 'Asia/Tokyo'],
    ['What time is it in Tokyo when it is 9:30 am in Paris?', '09:30', 'Europe/Paris', 'Asia/Tokyo'],
    [
      'Convert 2025-03-04T15:00 from Europe/London to Asia/Tokyo',
      '2025-03-04T15:00',
      'Europe/London',
      'Asia/Tokyo',
    ],
    ['noon in Berlin is what time in Sydney?', '12:00', 'Europe/Berlin', 'Australia/Sydney'],
    ['what is 12 am Berlin time in Los Angeles?', '00:00', 'Europe/Berlin', 'America/Los_Angeles'],
  ])('%s', async (question, time, from_time_zone, to_time_zone) => {
    const { calls } = await ask(question);
    expect(calls.map((call) => [call.name, call.input])).toEqual([
      ['convert_time', { time, from_time_zone, to_time_zone }],
    ]);
  });
});

describe('several questions in one message', () => {
  test.each([
    ['Who is in DAT429 and what time is it in Tokyo?', [{ title: 'DAT429' }, { time_zone: 'Asia/Tokyo' }]],
    ['Who is in DAT429? What time is it in Tokyo?', [{ title: 'DAT429' }, { time_zone: 'Asia/Tokyo' }]],
    ['Who is in Up\nWho is in Her', [{ title: 'Up' }, { title: 'Her' }]],
    ['Who is in "Up" and "Her"?', [{ title: 'Up' }, { title: 'Her' }]],
    ['What time is it in Tokyo and London?', [{ time_zone: 'Asia/Tokyo' }, { time_zone: 'Europe/London' }]],
    ['What roles did Jim and Vlad play?', [{ actor: 'Jim' }, { actor: 'Vlad' }]],
    ['What roles did Isolde Brandvik play?', [{ actor: 'Isolde Brandvik' }]],
    ['What roles did Howard Hesseman play?', [{ actor: 'Howard Hesseman' }]],
    [
      "Who is in DAT429, what roles did Peter Sellers play and what's the time in Berlin?",
      [{ title: 'DAT429' }, { actor: 'Peter Sellers' }, { time_zone: 'Europe/Berlin' }],
    ],
    [
      'Who is in DAT429 and if it is 15:00 in London, what time is it in Tokyo?',
      [{ title: 'DAT429' }, { time: '15:00', from_time_zone: 'Europe/London', to_time_zone: 'Asia/Tokyo' }],
    ],
    ['Who is in Beauty and the Beast?', [{ title: 'Beauty and the Beast' }]],
  ])('%s', async (question, inputs) => {
    const { calls, stopReason } = await ask(question);
    expect(calls.map((call) => call.input)).toEqual(inputs);
    expect(new Set(calls.map((call) => call.toolUseId)).size).toBe(inputs.length);
    expect(stopReason).toBe('tool_use');
  });
});

describe('a follow-up', () => {
  test.each([
    ['Who is in Star Wars?', 'and in The Godfather?', { title: 'The Godfather' }],
    ['Who is in Star Wars?', 'and Her?', { title: 'Her' }],
    ['Who is in Star Wars?', 'What about the movie It?', { title: 'It' }],
    ['Who is in DAT429?', 'Who plays in that movie?', { title: 'DAT429' }],
    ['What roles did Jim play?', 'and Vlad?', { actor: 'Vlad' }],
    ['What roles did Jim play?', 'what else did he play?', { actor: 'Jim' }],
    ['What time is it in Tokyo?', 'and in London?', { time_zone: 'Europe/London' }],
    ['Who is in Star Wars?', 'And what time is it in Tokyo?', { time_zone: 'Asia/Tokyo' }],
    [
      'If it is 15:00 in London, what time is it in Tokyo?',
      'and in Berlin?',
      { time: '15:00', from_time_zone: 'Europe/London', to_time_zone: 'Europe/Berlin' },
    ],
  ])('%s %s', async (first, second, input) => {
    const { calls } = await ask(first, { role: 'assistant', content: [{ text: 'An answer.' }] }, second);
    expect(calls.map((call) => call.input)).toEqual([input]);
  });

  test('means nothing without a question before it', async () => {
    expect((await ask('and in The Godfather?')).calls).toEqual([]);
  });
});

test.each([
  'Hello',
  'Thanks!',
  'What can you do?',
  'Who are you?',
  'Who is the president of France?',
  'Who directed The Godfather?',
  'What movies are in the database?',
  "What's the weather in Berlin?",
  "If it's 25:00 in London what time is it in Tokyo?",
  'Tell me a joke',
  'x'.repeat(100_000),
  'who is in '.repeat(10_000),
  '   ',
])('%.40s is answered with what the stand-in can do', async (message) => {
  const { calls, text, stopReason } = await ask(message);
  expect({ calls, stopReason }).toEqual({ calls: [], stopReason: 'end_turn' });
  expect(text).toContain('rule-based stand-in');
  expect(text).toContain('Who is in The Godfather?');
  expect(text).toContain('BEDROCK_MODEL_ID');
});

test('reading comes to an end, whatever is written', async () => {
  const words = [
    'in ',
    'and ',
    'cast, ',
    '. ',
    '? ',
    "'",
    '"',
    'the cast and ',
    'during x ',
    'x and who is in ',
    'movies and ',
  ];
  for (const word of words) {
    const { stopReason } = await ask(`who is in ${word.repeat(Math.floor(980 / word.length))}#`);
    expect(stopReason, word).toMatch(/^(end_turn|tool_use)$/);
  }
});
