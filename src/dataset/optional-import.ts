import { MovieHubError } from 'movie-hub';

/**
 * Loads an optional package.
 *
 * @throws MovieHubError `dependency_missing`, with the command that installs it.
 */
export async function optionalImport<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw cause;
    throw new MovieHubError(
      'dependency_missing',
      `The package ${name} is needed for this. Run: npm install ${name}`,
      {
        cause,
      },
    );
  }
}
