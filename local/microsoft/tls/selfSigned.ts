import type { KeyObject } from 'node:crypto';
import { randomBytes, sign } from 'node:crypto';
import { bits, explicit, integer, objectIdentifier, sequence, set, utcTime, utf8 } from './der';

const rsaWithSha256 = sequence(objectIdentifier('1.2.840.113549.1.1.11'), Buffer.from([0x05, 0x00]));

/** An X.509 certificate (DER) over an RSA key, signed by that very key, as a vault makes it. */
export function selfSigned(
  subject: string,
  keys: { publicKey: KeyObject; privateKey: KeyObject },
  validity: { from: Date; to: Date },
): Buffer {
  const name = sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8(subject))));
  const content = sequence(
    explicit(0, integer(2)),
    // A leading 1 keeps the number positive and at 16 bytes.
    integer(0x01, ...randomBytes(15)),
    rsaWithSha256,
    name,
    sequence(utcTime(validity.from), utcTime(validity.to)),
    name,
    keys.publicKey.export({ type: 'spki', format: 'der' }),
  );
  return sequence(content, rsaWithSha256, bits(sign('sha256', content, keys.privateKey)));
}
