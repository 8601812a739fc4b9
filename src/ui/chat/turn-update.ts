import type { PlacedStep } from './steps';
import type { Step, Turn } from './turn';

/** What changes in a turn while it runs. */
export type TurnUpdate =
  | ({ readonly type: 'step_started' | 'step_finished' } & PlacedStep)
  /** The whole answer so far, with the steps before it; what is said before a tool is asked for is taken back, so it may be empty. */
  | { readonly type: 'answer'; readonly text: string; readonly steps?: readonly Step[] }
  /** The last update: the turn as it is kept; of one that is the user's no more, the question only. */
  | { readonly type: 'finished'; readonly turn: Turn };
