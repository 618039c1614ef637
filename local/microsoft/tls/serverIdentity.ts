import type { KeyObject } from 'node:crypto';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import {
  bits,
  explicit,
  implicit,
  integer,
  isTrue,
  objectIdentifier,
  octets,
  sequence,
  set,
  utcTime,
  utf8,
} from './der';

export interface ServerIdentity {
  /** Certificate of the authority, for `NODE_EXTRA_CA_CERTS`. */
  caPem: string;
  cert: string;
  key: string;
}

const caName = 'xdr-relay local cloud CA';
const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const dayMs = 86_400_000;

/** A certificate authority of its own and one certificate from it for 127.0.0.1 and localhost, valid for a year. The authority's key is not kept. */
export function createServerIdentity(): ServerIdentity {
  const ca = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const authority = extension('2.5.29.35', sequence(implicit(0, keyIdentifier(ca.publicKey))));
  const caCertificate = certificate(caName, ca.publicKey, ca.privateKey, [
    extension('2.5.29.19', sequence(isTrue, integer(0)), true),
    extension('2.5.29.15', bits(Buffer.from([0b0000_0110]), 1), true),
    extension('2.5.29.14', octets(keyIdentifier(ca.publicKey))),
  ]);
  const leafCertificate = certificate('localhost', leaf.publicKey, ca.privateKey, [
    extension('2.5.29.19', sequence(), true),
    extension('2.5.29.15', bits(Buffer.from([0b1000_0000]), 7), true),
    extension('2.5.29.37', sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', sequence(implicit(2, Buffer.from('localhost')), implicit(7, Buffer.from([127, 0, 0, 1])))),
    authority,
  ]);
  return {
    caPem: toPem(caCertificate),
    cert: toPem(leafCertificate),
    key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function certificate(subject: string, publicKey: KeyObject, caKey: KeyObject, extensions: Buffer[]): Buffer {
  const now = Date.now();
  const content = sequence(
    explicit(0, integer(2)),
    // A leading 1 keeps the number positive and at 16 bytes.
    integer(0x01, ...randomBytes(15)),
    ecdsaWithSha256,
    name(caName),
    sequence(utcTime(new Date(now - dayMs)), utcTime(new Date(now + 365 * dayMs))),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  );
  return sequence(content, ecdsaWithSha256, bits(sign('sha256', content, caKey)));
}

function extension(identifier: string, value: Buffer, critical = false): Buffer {
  const flag = critical ? [isTrue] : [];
  return sequence(objectIdentifier(identifier), ...flag, octets(value));
}

function name(commonName: string): Buffer {
  return sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8(commonName))));
}

function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
