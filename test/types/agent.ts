import type * as aws from '@aws-sdk/client-bedrock-runtime';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  type AgentEvent,
  type AgentResult,
  type AgentRun,
  type ContentBlock,
  type JsonObject,
  type Message,
  type Model,
  type ModelEvent,
  type ModelRequest,
  type RunAgentOptions,
  type RunLimits,
  type RunStore,
  resumeRun,
  runAgent,
  type TokenUsage,
} from 'movie-hub';
import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import type { AgentStopReason } from '../../src/sdk/agent/events';
import type { LimitStopReason } from '../../src/sdk/agent/limits';
import type { ReasoningContent, ToolChoice, ToolResult, ToolUse } from '../../src/sdk/agent/model';
import type { ApproveTool } from '../../src/sdk/agent/run-options';

/** AWS marks every member of an answer as possibly undefined; Bedrock always sends them. */
type Sent<T> = T extends Uint8Array | string | number | boolean
  ? T
  : T extends Array<infer Item>
    ? Array<Sent<Item>>
    : { [Key in keyof T]: Sent<Exclude<T[Key], undefined>> };

describe('our shapes are those of the AWS client', () => {
  test('what we send is what it takes', () => {
    expectTypeOf<Omit<Message, 'model'>>().toExtend<aws.Message>();
    expectTypeOf<ContentBlock>().toExtend<aws.ContentBlock>();
    expectTypeOf<ToolUse>().toExtend<aws.ToolUseBlock>();
    expectTypeOf<ToolResult>().toExtend<aws.ToolResultBlock>();
    expectTypeOf<ReasoningContent>().toExtend<aws.ReasoningContentBlock>();
    expectTypeOf<ToolChoice>().toExtend<aws.ToolChoice>();
    expectTypeOf<NonNullable<ModelRequest['inference']>>().toExtend<aws.InferenceConfiguration>();
  });

  test('what it gives is what we take', () => {
    expectTypeOf<Pick<Sent<aws.ToolUseBlock>, 'toolUseId' | 'name'>>().toExtend<
      Pick<ToolUse, 'toolUseId' | 'name'>
    >();
    expectTypeOf<Sent<aws.ContentBlock.TextMember>>().toExtend<ContentBlock>();
    expectTypeOf<Sent<aws.ReasoningContentBlock.ReasoningTextMember>>().toExtend<ReasoningContent>();
    expectTypeOf<Sent<aws.ReasoningContentBlock.RedactedContentMember>>().toExtend<ReasoningContent>();
    expectTypeOf<Sent<aws.ToolResultBlock>['status']>().toExtend<ToolResult['status']>();
    expectTypeOf<aws.StopReason>().toExtend<
      Extract<ModelEvent, { messageStop: unknown }>['messageStop']['stopReason']
    >();
    type Told = Exclude<keyof TokenUsage, 'estimated'>;
    expectTypeOf<Pick<Sent<aws.TokenUsage>, Told>>().toExtend<TokenUsage>();
  });
});

test('the answer in a form has the type of its schema', () => {
  const model = {} as Model;
  const film = z.object({ title: z.string(), seen: z.string().transform((text) => new Date(text)) });
  type Output<Run extends AgentRun> = Awaited<Run['result']>['output'];
  const ofZod = () => runAgent({ model, prompt: 'x', output: film });
  expectTypeOf<Output<ReturnType<typeof ofZod>>>().toEqualTypeOf<{ title: string; seen: Date } | undefined>();
  const resumed = () => resumeRun({} as RunStore, 'id', { model, output: film });
  expectTypeOf<Output<ReturnType<typeof resumed>>>().toEqualTypeOf<Output<ReturnType<typeof ofZod>>>();
  const ofJson = () =>
    runAgent({
      model,
      prompt: 'x',
      output: { type: 'object', properties: { year: { type: 'integer' } }, required: ['year'] },
    });
  expectTypeOf<Output<ReturnType<typeof ofJson>>>().toEqualTypeOf<{ year: number } | undefined>();
  const withoutForm = () => runAgent({ model, prompt: 'x' });
  expectTypeOf<Output<ReturnType<typeof withoutForm>>>().toBeUnknown();
});

test('events are told apart by their type', () => {
  const show = (event: AgentEvent): unknown => {
    switch (event.type) {
      case 'server_failed':
        return expectTypeOf(event.reason).toEqualTypeOf<string>();
      case 'tool_warning':
        return expectTypeOf(event.isLeftOut).toEqualTypeOf<boolean>();
      case 'text':
      case 'reasoning':
        return expectTypeOf(event.text).toEqualTypeOf<string>();
      case 'retry':
        return expectTypeOf(event.delayMs).toEqualTypeOf<number>();
      case 'tool_call':
      case 'approval_needed':
        return expectTypeOf(event.arguments).toEqualTypeOf<JsonObject>();
      case 'tool_result':
        return expectTypeOf(event.structuredContent).toEqualTypeOf<JsonObject | undefined>();
      case 'step_finished':
        return expectTypeOf(event.step).toEqualTypeOf<number>();
      case 'run_finished':
        return expectTypeOf(event.turns).toEqualTypeOf<number>();
      default:
        return expectTypeOf(event).toEqualTypeOf<never>();
    }
  };
  expectTypeOf(show).toBeFunction();
});

test('a run takes one model, one question, and servers of the three kinds', () => {
  type Servers = NonNullable<RunAgentOptions['servers']>[number];
  expectTypeOf<Client>().toExtend<Servers>();
  expectTypeOf<Server>().toExtend<Servers>();
  expectTypeOf<McpServer>().toExtend<Servers>();
  type Bedrock = { client: aws.BedrockRuntimeClient; modelId: string };
  expectTypeOf<Bedrock & { prompt: string }>().toExtend<RunAgentOptions>();
  expectTypeOf<Bedrock & { messages: Message[] }>().toExtend<RunAgentOptions>();
  expectTypeOf<Bedrock>().not.toExtend<RunAgentOptions>();
  expectTypeOf<{ prompt: string }>().not.toExtend<RunAgentOptions>();
  expectTypeOf<Bedrock & { prompt: string; messages: Message[] }>().not.toExtend<RunAgentOptions>();
});

test('a call may be decided on at once or later, by yes or no or a reason', () => {
  const deciders: ApproveTool[] = [
    () => true,
    async () => true,
    ({ name }) => name === 'search',
    async ({ name }) => name === 'search' || { deny: 'search only' },
  ];
  expectTypeOf(deciders).items.toBeCallableWith({ toolUseId: '', name: '', server: '', arguments: {} });
  expectTypeOf<() => string>().not.toExtend<ApproveTool>();
  expectTypeOf<() => undefined>().not.toExtend<ApproveTool>();
});

test('tokens tell whether they were estimated, wherever they are told', () => {
  expectTypeOf<TokenUsage['estimated']>().toEqualTypeOf<boolean | undefined>();
  expectTypeOf<{ inputTokens: number; outputTokens: number }>().toExtend<TokenUsage>();
  expectTypeOf<AgentResult['usage']>().toEqualTypeOf<TokenUsage>();
  type Told = Extract<AgentEvent, { usage: unknown }>;
  expectTypeOf<Told['type']>().toEqualTypeOf<'step_finished' | 'run_finished'>();
  expectTypeOf<Told['usage']>().toEqualTypeOf<TokenUsage>();
});

test('a model may tell tokens in part, that an answer comes whole, and that it tries again', () => {
  expectTypeOf<{ metadata: { usage: TokenUsage } }>().toExtend<ModelEvent>();
  expectTypeOf<{ metadata: { usage: { outputTokens: number } } }>().toExtend<ModelEvent>();
  expectTypeOf<{ comesWhole: Record<string, never> }>().toExtend<ModelEvent>();
  expectTypeOf<{ retry: { attempt: number } }>().not.toExtend<ModelEvent>();
});

test('every limit is optional, and each that ends a run is a stop reason', () => {
  const none: RunLimits = {};
  expectTypeOf(none).toEqualTypeOf<Partial<RunLimits>>();
  expectTypeOf<LimitStopReason>().toExtend<AgentStopReason>();
});
