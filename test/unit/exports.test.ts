import { readFileSync } from 'node:fs';
import * as sdk from 'movie-hub';
import { httpStatusOf, isMovieHubError, MovieHubError, version } from 'movie-hub';
import * as dataset from 'movie-hub/dataset';
import * as testing from 'movie-hub/testing';
import * as ui from 'movie-hub/ui';
import { describe, expect, test } from 'vitest';
import { movieHubErrorCodes } from '../../src/sdk/errors';

/** What users of the package import by name. A name that goes is a major version; one that comes needs its documentation. */
const surface: Readonly<Record<string, { module: object; names: readonly string[] }>> = {
  'movie-hub': {
    module: sdk,
    names: [
      'MovieHubError',
      'bedrockModel',
      'checkDatabase',
      'compactMessages',
      'createMcpHttpHandler',
      'createMovieMcpServer',
      'createPool',
      'createQueryMcpServer',
      'createRunStore',
      'createTimeMcpServer',
      'databaseError',
      'defineEntitlements',
      'defineQuery',
      'defineQueryTool',
      'explainQueryTool',
      'formatPlan',
      'httpStatusOf',
      'isMovieHubError',
      'limitConcurrency',
      'memoryRunStore',
      'modelFamilies',
      'movieEntitlements',
      'movieTools',
      'resumeRun',
      'runAgent',
      'runLimitedQuery',
      'runQuery',
      'trimMessages',
      'version',
      'withEntitlements',
      'withRole',
    ],
  },
  'movie-hub/dataset': {
    module: dataset,
    names: [
      'createLogins',
      'demoDataFolder',
      'generateImdb',
      'installSchema',
      'loadImdb',
      'openEmbeddedDatabase',
    ],
  },
  'movie-hub/ui': {
    module: ui,
    names: ['addUser', 'hashPassword', 'hub'],
  },
  'movie-hub/testing': {
    module: testing,
    names: [
      'ScriptedModel',
      'createDemoModel',
      'evaluate',
      'formatEvaluation',
      'movieCases',
      'recordModel',
      'replayModel',
      'requestProblems',
      'startFakeBedrock',
      'transcriptProblems',
    ],
  },
};

test.each(Object.entries(surface))('%s exports these values and no others', (_, { module, names }) => {
  expect(Object.keys(module).sort()).toEqual([...names].sort());
});

test('the version is that of package.json', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(version).toBe(manifest.version);
});

describe('errors', () => {
  /** Codes are never renamed, and each keeps its HTTP status. */
  const statuses = {
    invalid_argument: 422,
    overloaded: 503,
    too_many_requests: 429,
    invalid_entitlements: 500,
    entitlements_unavailable: 503,
    unauthenticated: 401,
    forbidden: 403,
    not_found: 404,
    conflict: 409,
    cancelled: 499,
    database_busy: 503,
    database_unavailable: 503,
    database_not_ready: 503,
    database_unsafe: 500,
    query_timeout: 504,
    query_failed: 500,
    result_too_large: 500,
    model_failed: 502,
    dependency_missing: 500,
    file_unavailable: 500,
    download_failed: 502,
    internal: 500,
  };

  test('the codes with their HTTP statuses', () => {
    const found = movieHubErrorCodes.map((code) => [code, httpStatusOf(new MovieHubError(code, 'x'))]);
    expect(Object.fromEntries(found)).toEqual(statuses);
  });

  test('an error has its code, message, cause and name', () => {
    const cause = new Error('why');
    const error = new MovieHubError('conflict', 'It clashes.', { cause });
    expect(error).toBeInstanceOf(Error);
    expect({ ...error, name: error.name, message: error.message, cause: error.cause }).toEqual({
      code: 'conflict',
      name: 'MovieHubError',
      message: 'It clashes.',
      cause,
    });
  });

  test('one of another copy of the package is recognised, and a lookalike is not', () => {
    const fromOtherCopy = Object.assign(new Error('x'), { code: 'not_found' });
    Object.defineProperty(fromOtherCopy, Symbol.for('movie-hub.error'), { value: true });
    expect(isMovieHubError(fromOtherCopy)).toBe(true);
    expect(httpStatusOf(fromOtherCopy)).toBe(404);
    const lookalike = Object.assign(new Error('x'), { code: 'not_found', name: 'MovieHubError' });
    expect(isMovieHubError(lookalike)).toBe(false);
    expect(httpStatusOf(lookalike)).toBe(500);
  });

  test.each([[undefined], [null], ['text'], [new Error('x')], [{}]])(
    '%s is none, and maps to 500',
    (value) => {
      expect(isMovieHubError(value)).toBe(false);
      expect(httpStatusOf(value)).toBe(500);
    },
  );

  test('a code that only a newer copy of the package knows maps to 500', () => {
    expect(httpStatusOf(new MovieHubError('from_the_future' as 'internal', 'x'))).toBe(500);
  });
});
