// One long answer in a process of its own; prints what it held above idle as JSON, in MB.
import { answerByAgent, answerByHand, answerUnread, awsClient } from './agent-loops.mjs';

const megabyte = 1024 * 1024;
const sampleMs = 100;
const { url, how, pieces } = JSON.parse(process.argv[2]);
const ways = {
  read: (prompt) => answerByAgent(aws, undefined, prompt),
  unread: (prompt) => answerUnread(aws, prompt),
  hand: (prompt) => answerByHand(aws, undefined, prompt),
};
const aws = awsClient(url);

await ways[how]('write 1000');
// After a collection only what is held counts, not what waits to be collected.
const held = () => {
  global.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
const idle = held();
const idleRss = process.memoryUsage().rss;
let most = idle;
const sampling = setInterval(() => {
  most = Math.max(most, held());
}, sampleMs);
const { length } = await ways[how](`write ${pieces}`);
clearInterval(sampling);
const rss = Math.max(process.memoryUsage().rss, process.resourceUsage().maxRSS * 1024);
const figures = {
  text: length / megabyte,
  held: (most - idle) / megabyte,
  rss: (rss - idleRss) / megabyte,
};
process.stdout.write(JSON.stringify(figures));
aws.destroy();
