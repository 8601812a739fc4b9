export { createDemoModel } from './demo-model/demo-model';
export { type EvaluationCase, evaluate, formatEvaluation } from './evaluate';
export { type FakeBedrock, startFakeBedrock } from './fake-bedrock';
export { movieCases } from './movie-cases';
export { recordModel, replayModel } from './record-replay';
export type { ScriptedTurn } from './script';
export { ScriptedModel } from './scripted-model';
export { requestProblems, transcriptProblems } from './transcript-rules';
