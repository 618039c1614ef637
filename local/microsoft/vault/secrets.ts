import { randomBytes } from 'node:crypto';
import type { Clock } from '../world/time7';
import { toEpochSeconds } from '../world/time7';

export interface SecretVersion {
  version: string;
  value: string;
  contentType: string | undefined;
  tags: Record<string, string> | undefined;
  /** Epoch seconds. */
  attributes: {
    enabled: boolean;
    created: number;
    updated: number;
    exp?: number | undefined;
    nbf?: number | undefined;
  };
}

export interface SecretInput {
  value: string;
  contentType?: string | undefined;
  tags?: Record<string, string> | undefined;
  attributes?: { enabled?: boolean | undefined; exp?: number | undefined; nbf?: number | undefined } | undefined;
}

/** A vault's secrets: each name has versions, newest last; a deleted name is kept until purged and cannot be set meanwhile. */
export interface Secrets {
  /** The newest version when none is named. */
  find(name: string, version?: string): SecretVersion | undefined;
  isDeleted(name: string): boolean;
  findDeleted(name: string): SecretVersion | undefined;
  set(name: string, input: SecretInput): SecretVersion;
  remove(name: string): SecretVersion | undefined;
  recover(name: string): SecretVersion | undefined;
  purge(name: string): boolean;
}

export function createSecrets(clock: Clock): Secrets {
  const live = new Map<string, SecretVersion[]>();
  const deleted = new Map<string, SecretVersion[]>();
  // Names are case-insensitive in Key Vault.
  const key = (name: string): string => name.toLowerCase();
  const move = (
    from: Map<string, SecretVersion[]>,
    to: Map<string, SecretVersion[]>,
    name: string,
  ): SecretVersion | undefined => {
    const versions = from.get(key(name));
    if (versions === undefined) return undefined;
    from.delete(key(name));
    to.set(key(name), versions);
    return versions.at(-1);
  };
  return {
    find: (name, version) => {
      const versions = live.get(key(name));
      return version === undefined ? versions?.at(-1) : versions?.find((each) => each.version === version);
    },
    isDeleted: (name) => deleted.has(key(name)),
    findDeleted: (name) => deleted.get(key(name))?.at(-1),
    set: (name, { value, contentType, tags, attributes }) => {
      const now = toEpochSeconds(clock());
      const version: SecretVersion = {
        version: randomBytes(16).toString('hex'),
        value,
        contentType,
        tags,
        attributes: { enabled: true, ...attributes, created: now, updated: now } as SecretVersion['attributes'],
      };
      live.set(key(name), [...(live.get(key(name)) ?? []), version]);
      return version;
    },
    remove: (name) => move(live, deleted, name),
    recover: (name) => move(deleted, live, name),
    purge: (name) => deleted.delete(key(name)),
  };
}
