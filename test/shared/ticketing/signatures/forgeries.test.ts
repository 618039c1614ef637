import type { InboundScheme } from '../../../../shared/model/connection';
import { verifySignature } from '../../../../shared/ticketing/signatures/verifySignature';
import type { Signed } from './signed';
import { keyFor, publicKey, seeded, senders, signatureHeader, signedByKeyPair, timeHeader } from './signed';

const schemes = Object.keys(senders) as InboundScheme[];
const baseMs = Date.parse('2026-11-20T08:00:00Z');
const genuineEach = 800;
const forgedEach = 3_200;

interface Case {
  readonly scheme: InboundScheme;
  readonly key: string;
  readonly nowMs: number;
  readonly sent: Signed;
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789 äöü€👋"\\\n';
const pick = <T>(random: () => number, from: readonly T[]): T => {
  const found = from[Math.floor(random() * from.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
};

/** A body, key, time and sender's own clock of no special kind. */
const someCase = (scheme: InboundScheme, random: () => number): Case => {
  const characters = Array.from(letters);
  const text = Array.from({ length: Math.floor(random() * 200) }, () => pick(random, characters)).join('');
  const body = Buffer.from(
    JSON.stringify({ type: 'ticket.updated', ticketId: String(Math.floor(random() * 1e6)), comment: text }),
  );
  const atMs = baseMs + Math.floor(random() * 1e9);
  const key = keyFor(scheme, random);
  const id = `id-${Math.floor(random() * 1e9)}`;
  const byKeyPair = scheme === 'standard' && random() < 0.2;
  const sent = byKeyPair ? signedByKeyPair({ body, atMs, id }) : senders[scheme]({ body, key, atMs, id });
  const nowMs = atMs + Math.floor((random() - 0.5) * 590_000);
  return { scheme, key: byKeyPair ? publicKey : key, nowMs, sent };
};

const accepts = ({ scheme, key, nowMs, sent }: Case): boolean =>
  verifySignature(scheme, { ...sent, keys: [key], nowMs }).ok;

const withHeader = (given: Case, name: string, value: string): Case => ({
  ...given,
  sent: { ...given.sent, headers: { ...given.sent.headers, [name]: value } },
});
const withBody = (given: Case, body: Buffer): Case => ({ ...given, sent: { ...given.sent, body } });

/** One bit of a text's bytes the other way, never into the same text. */
const bitFlipped = (random: () => number, text: string): string => {
  const at = Math.floor(random() * text.length);
  const unit = text.charCodeAt(at);
  return `${text.slice(0, at)}${String.fromCharCode(unit ^ (1 << Math.floor(random() * 6)))}${text.slice(at + 1)}`;
};

/** Ways to forge, each of a genuine request; those that a scheme cannot be forged by are left out. */
const forgeries: readonly ((given: Case, random: () => number) => Case | undefined)[] = [
  (given, random) => {
    if (given.scheme === 'header') return undefined;
    const body = Buffer.from(given.sent.body);
    const at = Math.floor(random() * body.length);
    body[at] = (body[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    return withBody(given, body);
  },
  (given) =>
    given.scheme === 'header' ? undefined : withBody(given, Buffer.concat([given.sent.body, Buffer.from('\n')])),
  (given, random) => {
    if (given.scheme === 'header') return undefined;
    const at = Math.floor(random() * given.sent.body.length);
    return withBody(given, given.sent.body.subarray(0, at));
  },
  (given) => (given.scheme === 'header' ? undefined : withBody(given, Buffer.alloc(0))),
  // Another's key, fresh or of the same tool.
  (given, random) => ({ ...given, key: keyFor(given.scheme, random) }),
  // The signature itself changed, cut, doubled, emptied, in capitals.
  (given, random) => {
    const name = signatureHeader[given.scheme];
    return withHeader(given, name, bitFlipped(random, given.sent.headers[name] ?? ''));
  },
  (given, random) => {
    const name = signatureHeader[given.scheme];
    const value = given.sent.headers[name] ?? '';
    return withHeader(given, name, value.slice(0, Math.floor(random() * value.length)));
  },
  (given) => {
    const name = signatureHeader[given.scheme];
    const value = given.sent.headers[name] ?? '';
    return withHeader(given, name, `${value}${value}`);
  },
  (given) => {
    const name = signatureHeader[given.scheme];
    const value = given.sent.headers[name] ?? '';
    return value.toUpperCase() === value ? undefined : withHeader(given, name, value.toUpperCase());
  },
  (given, random) =>
    withHeader(
      given,
      signatureHeader[given.scheme],
      pick(random, ['', ' ', ',', 'v1,', 'v1=', 'v0=', 'sha256=', 'null', 'undefined', 'true', '0', 'none']),
    ),
  // The signature of another request under the same key.
  (given, random) => {
    if (given.scheme === 'header') return undefined;
    const other = someCase(given.scheme, random);
    const name = signatureHeader[given.scheme];
    return withHeader(given, name, other.sent.headers[name] ?? '');
  },
  // Guessed: the right form, the wrong content.
  (given, random) => {
    const bytes = Buffer.from(Array.from({ length: 32 }, () => Math.floor(random() * 256)));
    const guess =
      given.scheme === 'standard'
        ? `v1,${bytes.toString('base64')}`
        : given.scheme === 'zendesk'
          ? bytes.toString('base64')
          : given.scheme === 'slack'
            ? `v0=${bytes.toString('hex')}`
            : given.scheme === 'pagerduty'
              ? `v1=${bytes.toString('hex')}`
              : given.scheme === 'header'
                ? bytes.toString('hex')
                : `sha256=${bytes.toString('hex')}`;
    return withHeader(given, signatureHeader[given.scheme], guess);
  },
  // The right request at the wrong time, and the time made to fit.
  (given, random) =>
    timeHeader[given.scheme] === undefined
      ? undefined
      : { ...given, nowMs: given.nowMs + (random() < 0.5 ? -1 : 1) * (600_001 + Math.floor(random() * 1e10)) },
  (given, random) => {
    const name = timeHeader[given.scheme];
    if (name === undefined) return undefined;
    const movedMs = given.nowMs + 86_400_000 + Math.floor(random() * 1e9);
    const time = given.scheme === 'zendesk' ? new Date(movedMs).toISOString() : String(Math.floor(movedMs / 1000));
    return { ...withHeader(given, name, time), nowMs: movedMs };
  },
  (given, random) => {
    const name = timeHeader[given.scheme];
    if (name === undefined) return undefined;
    const time = given.sent.headers[name] ?? '';
    const spelt = pick(random, [
      `+${time}`,
      `${time}0`,
      `${time}abc`,
      ` ${time}`,
      `${time},${time}`,
      time.slice(1),
      `0x${time}`,
      `0${time}`,
    ]);
    return withHeader(given, name, spelt);
  },
  // The id of another delivery, where ids are signed.
  (given, random) =>
    given.scheme === 'standard' ? withHeader(given, 'webhook-id', `id-${Math.floor(random() * 1e9)}x`) : undefined,
  // The same bytes under the rules of another tool.
  (given, random) => {
    const scheme = pick(
      random,
      schemes.filter((name) => name !== given.scheme),
    );
    return { ...given, scheme };
  },
];

test('no forgery is accepted and nothing genuine is refused', () => {
  const counts = { genuine: 0, refused: 0, forged: 0, accepted: 0 };
  const wrong: unknown[] = [];
  for (const [number, scheme] of schemes.entries()) {
    const random = seeded(1_000 + number);
    for (let at = 0; at < genuineEach; at += 1) {
      const given = someCase(scheme, random);
      counts.genuine += 1;
      if (accepts(given)) continue;
      counts.refused += 1;
      wrong.push(given);
    }
    for (let at = 0; at < forgedEach;) {
      const given = someCase(scheme, random);
      const forged = forgeries[at % forgeries.length]?.(given, random) ?? forgeries[4]?.(given, random);
      if (forged === undefined) throw new Error('nothing forged');
      at += 1;
      counts.forged += 1;
      if (!accepts(forged)) continue;
      counts.accepted += 1;
      wrong.push({ way: (at - 1) % forgeries.length, given, forged });
    }
  }
  console.log(`signatures: ${JSON.stringify(counts)}`);
  expect(wrong.slice(0, 3)).toEqual([]);
  expect(counts).toEqual({ genuine: 5_600, refused: 0, forged: 22_400, accepted: 0 });
});
