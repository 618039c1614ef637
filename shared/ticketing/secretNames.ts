import { createHash } from 'node:crypto';
import type { Connection, SecretKind } from '../model/connection';

type Key = Pick<Connection, 'scope' | 'connectionId'>;

/** Where a secret of a connection lies in the vault of tenants; a hash, because names there take neither `_` nor such a length. */
export const secretName = ({ scope, connectionId }: Key, kind: SecretKind): string => {
  const hash = createHash('sha256').update(`${scope}/${connectionId}`).digest('hex');
  return `conn-${hash.slice(0, 20)}-${kind}`;
};

/** Where the one before lies while it is still good: only keys of signatures have one. */
export const previousName = (key: Key, kind: Exclude<SecretKind, 'auth'>): string =>
  `${secretName(key, kind)}-previous`;

/** All that may lie in the vault for a connection's secret of a kind. */
export const secretNames = (key: Key, kind: SecretKind): readonly string[] =>
  kind === 'auth' ? [secretName(key, kind)] : [secretName(key, kind), previousName(key, kind)];
