import { expect, test } from 'vitest';
import type { ToolCallRequest } from '../../src/sdk/agent/run-options';
import { eventsOf, scriptedRun } from './support/run';
import { toolServer } from './support/tool-server';

test('a tool that is asked for by the server’s own name of it is found', async () => {
  const asked: ToolCallRequest[] = [];
  const { result, events } = await scriptedRun([[{ toolUse: { name: 'find.film' } }], 'ok'], {
    servers: [toolServer('s', { 'find.film': { run: () => 'Alien' } })],
    approveTool: (call) => Boolean(asked.push(call)),
  });
  expect(asked).toMatchObject([{ name: 'find.film', server: 's' }]);
  expect(eventsOf(events, 'tool_result')).toMatchObject([{ name: 'find.film', content: 'Alien' }]);
  // As the model was told of it, whatever it made of that.
  expect(result.messages[1]?.content).toMatchObject([{ toolUse: { name: 'find_film' } }]);
});

test.each([
  ['', 'unnamed_tool'],
  ['電影', 'unnamed_tool'],
  ['find.film!', 'find_film_'],
])('and "%s" is the name of none', async (name, safe) => {
  const servers = [toolServer('s', { 'find.film': { run: () => 'x' }, unnamed_tool: { run: () => 'x' } })];
  const { events } = await scriptedRun([[{ toolUse: { name } }], 'ok'], { servers });
  expect(eventsOf(events, 'tool_result')).toMatchObject([{ name: safe, isError: true }]);
});
