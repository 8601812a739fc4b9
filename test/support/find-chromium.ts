import { existsSync } from 'node:fs';

/** Returns the browser to test with, or undefined where the machine has none. */
export function findChromium(): string | undefined {
  return (process.env.PATH ?? '')
    .split(':')
    .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => `${folder}/${name}`))
    .find((path) => existsSync(path));
}
