// An endpoint in Bedrock's wire format in a process of its own, so that its work is not counted as the agent's.
import { startFakeBedrock } from 'movie-hub/testing';

const mostRequests = 100_000;
const piecesOfText = 50;

/** `write <n>` gives an answer of that many pieces; `look up <n>` asks for that many tools, one after the other. */
function answer({ messages, tools = [] }) {
  const [, what, count] = /(write|look up) (\d+)/.exec(messages[0].content[0].text);
  if (what === 'write') return [{ text: pieces(Number(count)) }];
  const turn = (messages.length - 1) / 2;
  const text = { text: pieces(piecesOfText) };
  if (turn === Number(count)) return [text];
  const input = { name: 'Ada Lovelace', year: 1843, limit: 20, sort: 'newest' };
  return [text, { toolUse: { name: tools[turn % tools.length].name, input } }];
}

function pieces(count) {
  return Array.from({ length: count }, (_, index) => `piece ${index} of the text `);
}

const { url } = await startFakeBedrock({ turns: Array(mostRequests).fill(answer) });
process.send(url);
process.once('disconnect', () => process.exit());
