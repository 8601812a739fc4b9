import type { Model } from 'movie-hub';
import { ScriptedModel, type ScriptedTurn } from 'movie-hub/testing';
import type { SeedTitle } from '../support/seed';

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

/** A movie to ask for. */
export const harbourLights: SeedTitle = {
  id: 1,
  type: 1,
  title: 'Harbour Lights',
  votes: 9,
  cast: [{ id: 1, name: 'Ann Ames', characters: ['Ruth'] }],
};

/** A turn in which the model asks who is in a title. */
export function lookUp(title: string): ScriptedTurn {
  return [{ toolUse: { name: 'get_movie_characters', input: { title } } }];
}
