import type { QueryConfig } from 'pg';
import { milliseconds } from '../options';
import { preparedName } from './prepared-name';
import type { TransactionOptions } from './transaction';

/** Longest time that one statement may take, in ms, unless said otherwise. */
const defaultStatementTimeoutMs = 10_000;

/**
 * Returns the longest time that one statement may take, in ms.
 *
 * @throws MovieHubError `invalid_argument` when it is no time.
 */
export function statementTimeoutOf({ statementTimeoutMs }: TransactionOptions): number {
  return milliseconds('statementTimeoutMs', statementTimeoutMs ?? defaultStatementTimeoutMs);
}

/** What a transaction runs as. */
export interface LocalSettings {
  readonly role: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** One statement sets all that is local to the transaction, as bound values; the role comes last and limits the rest. */
export function localSettings(as: LocalSettings, options: TransactionOptions): QueryConfig {
  const settings = {
    ...as.settings,
    statement_timeout: String(statementTimeoutOf(options)),
    // Values come as text, and are to have one form whatever the login was set to.
    datestyle: 'ISO',
    extra_float_digits: '1',
    role: as.role,
  };
  const values = Object.entries(settings).flat();
  const calls = Object.keys(settings).map((_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, true)`);
  const text = `SELECT ${calls.join(', ')}`;
  return { text, values, ...(options.preparedStatements && { name: preparedName('settings', text) }) };
}
