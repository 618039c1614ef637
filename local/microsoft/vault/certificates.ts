import type { KeyObject } from 'node:crypto';
import { constants, createHash, generateKeyPairSync, privateEncrypt, randomBytes } from 'node:crypto';
import { selfSigned } from '../tls/selfSigned';
import type { Clock } from '../world/time7';
import { toEpochSeconds } from '../world/time7';

/** A version of a certificate and of the key of the same name; the key cannot be had. */
export interface CertificateVersion {
  readonly version: string;
  readonly der: Buffer;
  /** SHA-256 of `der`, base64url. */
  readonly thumbprint: string;
  /** What the vault shows as `x5t`. */
  readonly thumbprintSha1: string;
  readonly publicKey: KeyObject;
  /** Epoch seconds. */
  readonly attributes: { enabled: boolean; created: number; updated: number; nbf: number; exp: number };
  /** PS256 over a SHA-256 digest. */
  sign(digest: Buffer): Buffer;
}

/** A vault's certificates: each name has versions, newest last. */
export interface Certificates {
  /** The newest version when none is named. */
  find(name: string, version?: string): CertificateVersion | undefined;
  /** A new version with a key of its own, valid for so many days (default 365). */
  create(name: string, days?: number): CertificateVersion;
}

export function createCertificates(clock: Clock): Certificates {
  const all = new Map<string, CertificateVersion[]>();
  return {
    find: (name, version) => {
      const versions = all.get(name.toLowerCase());
      return version === undefined ? versions?.at(-1) : versions?.find((each) => each.version === version);
    },
    create: (name, days = 365) => {
      const made = createVersion(name, toEpochSeconds(clock()), days);
      all.set(name.toLowerCase(), [...(all.get(name.toLowerCase()) ?? []), made]);
      return made;
    },
  };
}

function createVersion(name: string, now: number, days: number): CertificateVersion {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const [nbf, exp] = [now - 600, now + days * 86_400];
  const der = selfSigned(name, keys, { from: new Date(nbf * 1000), to: new Date(exp * 1000) });
  return {
    version: randomBytes(16).toString('hex'),
    der,
    thumbprint: createHash('sha256').update(der).digest('base64url'),
    thumbprintSha1: createHash('sha1').update(der).digest('base64url'),
    publicKey: keys.publicKey,
    attributes: { enabled: true, created: now, updated: now, nbf, exp },
    sign: (digest) => pssOfDigest(keys.privateKey, digest),
  };
}

/** Node signs messages; a vault is given the digest. So the padding (RFC 8017, 9.1.1) is made here and the bare key used on it. */
function pssOfDigest(key: KeyObject, digest: Buffer): Buffer {
  const length = 256;
  const salt = randomBytes(32);
  const hash = createHash('sha256')
    .update(Buffer.concat([Buffer.alloc(8), digest, salt]))
    .digest();
  const block = Buffer.concat([Buffer.alloc(length - salt.length - hash.length - 2), Buffer.from([1]), salt]);
  const mask = maskOf(hash, block.length);
  const masked = Buffer.from(block.map((byte, at) => byte ^ (mask[at] ?? 0)));
  masked[0] = (masked[0] ?? 0) & 0x7f;
  const padded = Buffer.concat([masked, hash, Buffer.from([0xbc])]);
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, padded);
}

function maskOf(seed: Buffer, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at * 32 < length; at += 1) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(at);
    parts.push(createHash('sha256').update(seed).update(counter).digest());
  }
  return Buffer.concat(parts).subarray(0, length);
}
