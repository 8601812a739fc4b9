export { createDemoModel } from './demo-model/demo-model';
export { type FakeBedrock, startFakeBedrock } from './fake-bedrock';
export type { ScriptedTurn } from './script';
export { ScriptedModel } from './scripted-model';
export { requestProblems, transcriptProblems } from './transcript-rules';
