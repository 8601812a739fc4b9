import { bedrockModel, type Model, MovieHubError } from 'movie-hub';
import { createDemoModel } from 'movie-hub/testing';
import type { Environment } from './environment';

/** The model that answers in the chat. */
export interface ChosenModel {
  readonly model: Model;
  /** True for the rule-based stand-in. */
  readonly isStandIn: boolean;
  /** Shown at start: the model, and the reason for a stand-in. */
  readonly label: string;
}

/** Uses Amazon Bedrock if BEDROCK_MODEL_ID, AWS credentials and a region are set, otherwise the stand-in. */
export async function chooseModel(environment: Environment): Promise<ChosenModel> {
  const modelId = environment.BEDROCK_MODEL_ID;
  if (!modelId) return standIn('for a real model set AWS credentials and BEDROCK_MODEL_ID');
  const { BedrockRuntimeClient } = await import('@aws-sdk/client-bedrock-runtime').catch((cause: unknown) => {
    if ((cause as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new MovieHubError(
      'dependency_missing',
      'BEDROCK_MODEL_ID is set, but a package is missing. Run: npm install @aws-sdk/client-bedrock-runtime',
    );
  });
  const client = new BedrockRuntimeClient({});
  if (!environment.AWS_BEARER_TOKEN_BEDROCK && !(await isAvailable(client.config.credentials)))
    return standIn('BEDROCK_MODEL_ID is set, but no AWS credentials were found');
  if (!(await isAvailable(client.config.region)))
    return standIn('BEDROCK_MODEL_ID is set, but no AWS region: set AWS_REGION');
  return { model: bedrockModel({ client, modelId }), isStandIn: false, label: `Amazon Bedrock, ${modelId}` };
}

function isAvailable(provide: () => Promise<unknown>): Promise<boolean> {
  return provide().then(
    () => true,
    () => false,
  );
}

function standIn(why: string): ChosenModel {
  return { model: createDemoModel(), isStandIn: true, label: `rule-based stand-in, not an AI (${why})` };
}
