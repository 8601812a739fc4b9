export { createDemoModel } from './demo-model/demo-model';
export {
  type Evaluation,
  type EvaluationCase,
  type EvaluationOptions,
  evaluate,
  formatEvaluation,
} from './evaluate';
export { type FakeBedrock, type FakeBedrockOptions, startFakeBedrock } from './fake-bedrock';
export { movieCases } from './movie-cases';
export { recordModel, replayModel } from './record-replay';
export type { Refusals } from './refusals';
export type { ScriptedAnswer, ScriptedContent, ScriptedFault, ScriptedTurn, ScriptOptions } from './script';
export { ScriptedModel } from './scripted-model';
export { requestProblems, transcriptProblems } from './transcript-rules';
export type { RecordedRequest } from './wire';
