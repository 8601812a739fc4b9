import type { Model } from 'movie-hub';
import { ScriptedModel, type ScriptedTurn } from 'movie-hub/testing';

/** A model for the hubs of a test file: each test says what it does next. */
export class PlayedModel implements Model {
  script = new ScriptedModel({ turns: [] });

  constructor(readonly id = 'a-model') {}

  play(...turns: ScriptedTurn[]): ScriptedModel {
    this.script = new ScriptedModel({ turns });
    return this.script;
  }

  stream(...call: Parameters<Model['stream']>): ReturnType<Model['stream']> {
    return this.script.stream(...call);
  }
}

/** A turn in which the model asks who is in a title. */
export function lookUp(title: string): ScriptedTurn {
  return [{ toolUse: { name: 'get_movie_characters', input: { title } } }];
}
