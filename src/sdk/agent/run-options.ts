import type { JsonObject, Message, ToolChoice } from './model';

/** What a step is to be done with; what is left out stays as it is. */
export interface StepPlan {
  /** What the model must or may call in this step. */
  toolChoice?: ToolChoice;
  /** Names, as the model knows them, of the tools that it is told of in this step. */
  activeTools?: readonly string[];
  /** What is sent in place of the transcript in this step; the transcript itself stays whole. */
  messages?: readonly Message[];
}

/** Asked before each call of the model. Steps count from 1. */
export type PrepareStep = (step: {
  readonly step: number;
  readonly messages: readonly Message[];
  readonly tools: readonly string[];
}) => StepPlan | undefined | Promise<StepPlan | undefined>;

/** A call that a model asks for. */
export interface ToolCallRequest {
  readonly toolUseId: string;
  /** The server's own name of the tool. */
  readonly name: string;
  readonly server: string;
  readonly arguments: JsonObject;
}

/** Asked before each call of a tool: true lets it run, false denies it, and so does a reason, which is told to the model. */
export type ApproveTool = (call: ToolCallRequest) => Approval | Promise<Approval>;

type Approval = boolean | { readonly deny: string };

/** How a run is steered. */
export interface RunSteering {
  /** Changes what the model is asked, step by step. What it throws ends the run with an error. */
  prepareStep?: PrepareStep;
  /**
   * Has the model call a tool before it says anything, where there are tools. Where a model takes no forced tool choice, it
   * is told so in words. False unless given.
   */
  lookFirst?: boolean;
  /** Decides on each call of a tool. What it throws denies, and so does anything but true. */
  approveTool?: ApproveTool;
}

/** What a model that takes no forced tool choice is told in its place. */
export const lookFirstWords = 'Call a tool now, before you say anything.';
