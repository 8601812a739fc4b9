import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
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

// A password is hashed as its stored form says, at an eighth of the cost. password.test.ts sees the cost that is asked for.
const mostCost = 2 ** 14;
const { scrypt } = crypto;
if (scrypt.name !== 'scryptAtLess') {
  crypto.scrypt = function scryptAtLess(password, salt, length, options, done) {
    if (typeof options === 'function') return scrypt(password, salt, length, options);
    return scrypt(password, salt, length, { ...options, N: Math.min(options.N ?? mostCost, mostCost) }, done);
  } as typeof scrypt;
  syncBuiltinESMExports();
}
