import { bedrockModel, type Model } from 'movie-hub';
import { createDemoModel } from 'movie-hub/ui';
import type { Environment } from './environment';

/** The model that answers in the chat. */
export interface ChosenModel {
  readonly model: Model;
  /** True for the rule-based stand-in. */
  readonly isStandIn: boolean;
  /** For people: which model speaks, and why this one. */
  readonly label: string;
}

/** Takes Amazon Bedrock when BEDROCK_MODEL_ID names a model and AWS credentials can be had, else the stand-in. */
export async function chooseModel(environment: Environment): Promise<ChosenModel> {
  const modelId = environment.BEDROCK_MODEL_ID;
  if (!modelId) return standIn('for a real one set AWS credentials and BEDROCK_MODEL_ID');
  const { BedrockRuntimeClient } = await import('@aws-sdk/client-bedrock-runtime');
  const client = new BedrockRuntimeClient({});
  const hasCredentials =
    Boolean(process.env.AWS_BEARER_TOKEN_BEDROCK) ||
    (await client.config.credentials().then(
      () => true,
      () => false,
    ));
  if (!hasCredentials) return standIn('BEDROCK_MODEL_ID is set, but no AWS credentials were found');
  return { model: bedrockModel({ client, modelId }), isStandIn: false, label: `Amazon Bedrock, ${modelId}` };
}

function standIn(why: string): ChosenModel {
  return { model: createDemoModel(), isStandIn: true, label: `a rule-based stand-in, no AI (${why})` };
}
