import { AuthError } from '../errors';
import type { Connection, SecretKind } from '../model/connection';
import { secretKinds } from '../model/connection';
import type { Clock, Vault } from '../ports';
import { previousName, secretName, secretNames } from './secretNames';

type Holder = Pick<Connection, 'scope' | 'connectionId' | 'secretsSetAt'>;
type SigningKind = Exclude<SecretKind, 'auth'>;

/** What became of a secret: `left` where a person with a right to the vault has to delete it. */
export interface SecretReceipt {
  readonly name: string;
  readonly state: 'deleted' | 'absent' | 'left';
}

/** The secrets of connections, in the vault and nowhere else. @throws AuthError · UpstreamError (vault away, and none in memory) */
export interface ConnectionSecrets {
  /** For calling the tool. @throws AuthError where none was put */
  auth(connection: Holder): Promise<string>;
  /** Newest first: two for a day after a change; none where none was put. */
  inbound(connection: Holder): Promise<readonly string[]>;
  outbound(connection: Holder): Promise<readonly string[]>;
  /** The key of signatures before stays good for 24 hours. Putting the same again changes nothing. */
  put(connection: Holder, secrets: Readonly<Partial<Record<SecretKind, string>>>): Promise<void>;
  /** Those before with them; `kinds` left out: all. */
  delete(connection: Holder, kinds?: readonly SecretKind[]): Promise<readonly SecretReceipt[]>;
}

const freshMs = 5 * 60_000;
/** After a failed read the vault is left alone for so long. */
const againMs = 60_000;
const overlapMs = 24 * 60 * 60_000;
/** Far above what one app carries: it only keeps memory from growing without end. */
const maxKept = 20_000;

interface Kept {
  /** Undefined: the vault has none. */
  readonly value: string | undefined;
  /** `secretsSetAt` of the row it was read for. */
  readonly revision: string | undefined;
  readonly readAtMs: number;
}

type SecretVault = Pick<Vault, 'getSecret' | 'setSecret' | 'deleteSecret'>;

/**
 * Each secret is kept for minutes, and through an outage of the vault; a newer one is seen at once by every process, as the row tells of it.
 * What was read before a key of signatures was turned does not stand in for what comes after: a genuine message would be refused.
 */
export const connectionSecrets = (vault: SecretVault, clock: Clock): ConnectionSecrets => {
  const kept = new Map<string, Kept>();
  const reading = new Map<string, Promise<string | undefined>>();

  const remember = (name: string, value: string | undefined, revision: string | undefined): string | undefined => {
    if (kept.size >= maxKept) kept.clear();
    kept.set(name, { value, revision, readAtMs: clock.elapsedMs() });
    return value;
  };
  const current = async (
    name: string,
    revision: string | undefined,
    mayBeOlder: boolean,
  ): Promise<string | undefined> => {
    const known = kept.get(name);
    const isFresh = known !== undefined && clock.elapsedMs() - known.readAtMs < freshMs;
    if (isFresh && known.revision === revision) return known.value;
    const readKey = `${name} ${revision ?? ''}`;
    const under = reading.get(readKey);
    if (under !== undefined) return under;
    const read = readSecret(vault, name)
      .then(
        (value) => remember(name, value, revision),
        (error: unknown) => {
          if (known === undefined || (!mayBeOlder && known.revision !== revision)) throw error;
          // For a minute it passes for the newest, and the vault is left alone.
          kept.set(name, { ...known, revision, readAtMs: clock.elapsedMs() - freshMs + againMs });
          return known.value;
        },
      )
      .finally(() => reading.delete(readKey));
    reading.set(readKey, read);
    return read;
  };
  const keys = async (holder: Holder, kind: SigningKind): Promise<readonly string[]> => {
    const revision = holder.secretsSetAt?.[kind];
    // A key that is turned and cannot be read yet is not known: what it signs, or is signed with it, has to wait.
    const newest = await current(secretName(holder, kind), revision, false);
    if (newest === undefined) return [];
    if (!isTurning(revision, clock.now())) return [newest];
    const before = parsePrevious(await current(previousName(holder, kind), revision, false));
    const isGood = before !== undefined && before.untilMs > clock.now() && before.secret !== newest;
    return isGood ? [newest, before.secret] : [newest];
  };
  const replace = async (holder: Holder, kind: SecretKind, secret: string): Promise<void> => {
    const name = secretName(holder, kind);
    const before = await readSecret(vault, name);
    if (before === secret) return;
    if (before !== undefined && kind !== 'auth') {
      const previous = previousName(holder, kind);
      // First, so that there is no moment at which the one before is good for nothing.
      await vault.setSecret(previous, writePrevious(before, clock.now() + overlapMs));
      kept.delete(previous);
    }
    await vault.setSecret(name, secret);
    kept.delete(name);
  };

  return {
    auth: async (holder) => {
      const secret = await current(secretName(holder, 'auth'), holder.secretsSetAt?.auth, true);
      if (secret !== undefined) return secret;
      throw new AuthError(`No secret is kept for calling the tool of connection ${holder.connectionId}`, 'NotFound', {
        reason: 'credentialMissing',
      });
    },
    inbound: (holder) => keys(holder, 'inbound'),
    outbound: (holder) => keys(holder, 'outbound'),
    put: async (holder, secrets) => {
      for (const kind of ['auth', 'inbound', 'outbound'] as const) {
        const secret = secrets[kind];
        if (secret !== undefined) await replace(holder, kind, secret);
      }
    },
    delete: async (holder, kinds = secretKinds) => {
      const receipts: SecretReceipt[] = [];
      for (const name of kinds.flatMap((kind) => secretNames(holder, kind))) {
        kept.delete(name);
        receipts.push({ name, state: await deleteSecret(vault, name) });
      }
      return receipts;
    },
  };
};

const readSecret = async (vault: SecretVault, name: string): Promise<string | undefined> => {
  try {
    return await vault.getSecret(name);
  } catch (error) {
    if (error instanceof AuthError && error.reason === 'credentialMissing') return undefined;
    throw error;
  }
};

const deleteSecret = async (vault: SecretVault, name: string): Promise<SecretReceipt['state']> => {
  try {
    return (await vault.deleteSecret(name)) ? 'deleted' : 'absent';
  } catch (error) {
    if (error instanceof AuthError) return 'left';
    throw error;
  }
};

/** Where the row does not tell, there may be one. */
const isTurning = (setAt: string | undefined, nowMs: number): boolean =>
  setAt === undefined || nowMs - Date.parse(setAt) < overlapMs + freshMs;

/** Until when it is good stands before it, in the vault's own value: nothing else need be asked. */
const writePrevious = (secret: string, untilMs: number): string => `${new Date(untilMs).toISOString()} ${secret}`;

const parsePrevious = (text: string | undefined): { readonly secret: string; readonly untilMs: number } | undefined => {
  const at = text?.indexOf(' ') ?? -1;
  if (text === undefined || at < 0) return undefined;
  const untilMs = Date.parse(text.slice(0, at));
  return Number.isNaN(untilMs) ? undefined : { secret: text.slice(at + 1), untilMs };
};
