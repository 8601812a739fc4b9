import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

// A password is hashed as its stored form says, at an eighth of the cost. password.test.ts sees the cost that is
// asked for. Not for tests whose users sign in to another process, which would compare with the true cost.
const mostCost = 2 ** 14;
const { scrypt } = crypto;
if (scrypt.name !== 'scryptAtLess') {
  crypto.scrypt = function scryptAtLess(password, salt, length, options, done) {
    if (typeof options === 'function') return scrypt(password, salt, length, options);
    return scrypt(password, salt, length, { ...options, N: Math.min(options.N ?? mostCost, mostCost) }, done);
  } as typeof scrypt;
  syncBuiltinESMExports();
}
