import { createRequire } from 'node:module';
import { isMovieHubError, MovieHubError } from 'movie-hub';

/** Loads the hub. @throws MovieHubError `dependency_missing`, with the command that installs the missing packages. */
export function importHub(): Promise<typeof import('movie-hub/ui')> {
  return withMissingPackages(() => import('movie-hub/ui'));
}

/** Loads a module that needs the hub's packages, which are optional peers. @throws as {@link importHub}. */
export async function withMissingPackages<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    if (isMovieHubError(cause) || (cause as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new MovieHubError(
      'dependency_missing',
      `The hub needs packages that are not installed. Run: npm install ${hubPackages().join(' ')}`,
    );
  }
}

/** All optional peers except those of Amazon Bedrock, which the hub does not need. */
function hubPackages(): string[] {
  const manifest = createRequire(import.meta.url)('movie-hub/package.json') as {
    peerDependencies: Record<string, string>;
    peerDependenciesMeta: Record<string, { optional?: boolean }>;
  };
  return Object.keys(manifest.peerDependencies).filter(
    (name) => manifest.peerDependenciesMeta[name]?.optional && !/^@(aws-sdk|smithy)\//.test(name),
  );
}
