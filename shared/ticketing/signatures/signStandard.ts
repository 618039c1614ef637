import { Webhook } from 'standardwebhooks';
import { AuthError, ContractError } from '../../errors';
import { secretBytes } from './keys';
import { maxSignatures } from './scheme';

/** What is signed with, newest first: a receiver takes either while one is being turned. */
export interface ToSign {
  /** Of the event: the same whenever it is tried again, and without a dot. */
  readonly id: string;
  readonly body: string;
  /** Of this attempt, milliseconds since 1970. */
  readonly atMs: number;
  readonly keys: readonly string[];
}

/**
 * The headers of Standard Webhooks 1.0 for one attempt.
 * @throws AuthError where no key is usable · ContractError for an id that could not be told from what follows it
 */
export const signStandard = ({ id, body, atMs, keys }: ToSign): Readonly<Record<string, string>> => {
  if (!/^[A-Za-z0-9_:-]{1,256}$/.test(id)) throw new ContractError('The id of an event holds what no id may hold');
  const secrets = keys.map(secretBytes).filter((secret) => secret !== undefined);
  const signatures = secrets
    .slice(0, maxSignatures)
    .map((secret) => new Webhook(secret, { format: 'raw' }).sign(id, new Date(atMs), body));
  if (signatures.length === 0)
    throw new AuthError('No usable signing secret is kept for this connection', 'NotFound', {
      reason: 'credentialMissing',
    });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(atMs / 1000)),
    'webhook-signature': signatures.join(' '),
  };
};
