import { createRequire } from 'node:module';
import { isMovieHubError, MovieHubError } from 'movie-hub';

/** Loads the hub. @throws MovieHubError `dependency_missing`, with the command that installs what it needs. */
export function importHub(): Promise<typeof import('movie-hub/ui')> {
  return orSayWhatIsMissing(() => import('movie-hub/ui'));
}

/** Loads a module that needs the hub's packages, which are optional beside the library. */
export async function orSayWhatIsMissing<Module>(load: () => Promise<Module>): Promise<Module> {
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

/** Every optional peer but those of Amazon Bedrock, which a hub can do without. */
function hubPackages(): string[] {
  const manifest = createRequire(import.meta.url)('movie-hub/package.json') as {
    peerDependencies: Record<string, string>;
    peerDependenciesMeta: Record<string, { optional?: boolean }>;
  };
  return Object.keys(manifest.peerDependencies).filter(
    (name) => manifest.peerDependenciesMeta[name]?.optional && !/^@(aws-sdk|smithy)\//.test(name),
  );
}
