import { type BedrockRefusal, familyRefusal } from './family-rules';
import type { RecordedRequest } from './wire';

/** Features that some Bedrock models refuse: a request with one gets 400, and plays no turn. */
export interface Refusals {
  /** Tools in ConverseStream; Converse accepts them. */
  refusesToolsInStream?: boolean;
  /** A tool choice that forces a tool. */
  refusesToolChoice?: boolean;
}

/** Bedrock's limit. */
const maxCachePoints = 4;

/** Returns the error for a request that the model, or its family, refuses. */
export function refusalOf(
  { modelId, body, request, streaming }: RecordedRequest,
  { refusesToolsInStream, refusesToolChoice }: Refusals,
): BedrockRefusal | undefined {
  const refuse = (message: string) => ({ status: 400, type: 'ValidationException', message });
  const { tools = [], toolChoice } = request;
  if (refusesToolsInStream && streaming && tools.length > 0)
    return refuse("This model doesn't support tool use in streaming mode.");
  if (refusesToolChoice && toolChoice && !('auto' in toolChoice))
    return refuse("This model doesn't support the toolConfig.toolChoice.any field. Remove it and try again.");
  const points = JSON.stringify(body).split('"cachePoint":').length - 1;
  if (points > maxCachePoints)
    return refuse(`${points} cache points: at most ${maxCachePoints} are allowed.`);
  return familyRefusal(modelId, { body, streaming });
}
