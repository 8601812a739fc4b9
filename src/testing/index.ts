export { createDemoModel } from './demo-model/demo-model';
export { type FakeBedrock, type FakeBedrockOptions, startFakeBedrock } from './fake-bedrock';
export type { Refusals } from './refusals';
export type { ScriptedAnswer, ScriptedContent, ScriptedFault, ScriptedTurn, ScriptOptions } from './script';
export { ScriptedModel } from './scripted-model';
export { requestProblems, transcriptProblems } from './transcript-rules';
export type { RecordedRequest } from './wire';
