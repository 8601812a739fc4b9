import { vi } from 'vitest';

// A wait for a state ends when the state is there, however busy the machine is: the limit is for a state that never comes.
// `expect.poll` has its limit in vitest.config.ts; `vi.waitFor` takes no setting.
const patienceMs = 30_000;
const { waitFor } = vi;
if (waitFor.name !== 'waitPatiently') {
  vi.waitFor = function waitPatiently(callback, options) {
    return waitFor(callback, { timeout: patienceMs, ...(typeof options === 'object' && options) });
  };
}
