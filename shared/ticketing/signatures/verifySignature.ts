import type { InboundScheme } from '../../model/connection';
import { github, jira } from './hubSha256';
import { faultOfKey } from './keys';
import { hmacSha256 } from './macs';
import { pagerduty } from './pagerduty';
import type { Proof, Scheme, Shown } from './scheme';
import { sharedHeader } from './sharedHeader';
import { slack } from './slack';
import { standard } from './standard';
import { zendesk } from './zendesk';

export interface ShownNow extends Shown {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

export type Verified =
  | (Proof & {
      readonly ok: true;
      /** It may comment and propose, never act. */
      readonly isWeak: boolean;
    })
  | {
      readonly ok: false;
      /** For our own log alone: no key is kept · it is not signed by one of them · it is, at another time. */
      readonly because: 'noKey' | 'signature' | 'time';
    };

const schemes: Readonly<Record<InboundScheme, Scheme>> = {
  standard,
  jira,
  zendesk,
  pagerduty,
  github,
  slack,
  header: sharedHeader,
};

/** Both ways, inclusive. */
const toleranceMs = 5 * 60_000;

/**
 * Whether what came was sent by who holds one of the keys, at about this time where the sender signs a time. Keys that are too short, or
 * known to everybody, count as none.
 */
export const verifySignature = (scheme: InboundScheme, { nowMs, ...shown }: ShownNow): Verified => {
  const keys = shown.keys.filter((key) => faultOfKey(scheme, key) === undefined);
  if (keys.length === 0) {
    // The work of a connection that has one.
    hmacSha256(noKey, shown.body);
    return { ok: false, because: 'noKey' };
  }
  const proof = schemes[scheme]({ ...shown, keys });
  if (proof === undefined) return { ok: false, because: 'signature' };
  if (proof.signedAtMs !== null && Math.abs(nowMs - proof.signedAtMs) > toleranceMs)
    return { ok: false, because: 'time' };
  return { ok: true, ...proof, isWeak: scheme === 'header' };
};

const noKey = Buffer.alloc(32);
