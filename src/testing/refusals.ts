import { type BedrockRefusal, familyRefusal } from './family-rules';
import type { RecordedRequest } from './wire';

/** What some models of Bedrock refuse: a request that has it gets 400, and takes no turn. */
export interface Refusals {
  /** Tools in ConverseStream, which Converse takes. */
  refusesToolsInStream?: boolean;
  /** A tool choice that forces a tool. */
  refusesToolChoice?: boolean;
}

/** Bedrock takes at most four. */
const mostCachePoints = 4;

/** Returns the error that a request gets from a model that refuses it, by what the test says and by its id's family. */
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
  if (points > mostCachePoints)
    return refuse(`${points} cache points: at most ${mostCachePoints} are allowed.`);
  return familyRefusal(modelId, { body, streaming });
}
