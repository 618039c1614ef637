import { AuthError, ConsentError, ThrottledError } from '../../errors';
import { assertNotRetired } from '../../hunting/retirement';
import type { Tenant } from '../../model/tenant';
import type { AccessToken, CallPermits, Clock, Send } from '../../ports';
import { heldPermissions } from '../heldPermissions';
import { scopeOf } from '../links';
import type { Api, Need, TokenKind } from '../permissions';
import { apiNames, missingNeeds, needs, permissionText } from '../permissions';
import type { Rung } from './climb';
import type { ReadAccess } from './readCall';
import { huntOneRow, readOneRow } from './readCall';
import type { Finding, Settled, StepName } from './step';
import { failed, held, unknown } from './step';

/** One way into one API of a tenant. */
export interface Ladder {
  readonly tenant: Tenant;
  readonly api: Api;
  readonly kind: TokenKind;
  /** Where the API is reached, without a final slash; empty where the cloud has none. */
  readonly endpoint: string;
  /** What it is there for first: without that it holds no more; the others are told beside it. */
  readonly wanted: readonly Need[];
  readonly send: Send;
  readonly permits: CallPermits;
  readonly clock: Clock;
  /** A token asked for now. @throws AppError */
  readonly getToken: () => Promise<AccessToken>;
  /** Why no ladder can stand here; undefined: one can. */
  readonly obstacle?: Finding;
  /** Hears of a wait the API asks for before anyone else does. */
  readonly onWait?: (wait: ThrottledError) => Promise<void>;
  /** What a refusal means, and what mends it; `missing` in words where a permission is. @throws defects */
  readonly explain: (error: unknown, missing?: string) => Finding;
}

const steps: Readonly<Record<TokenKind, readonly StepName[]>> = {
  application: ['registration', 'consent', 'token', 'claims', 'licence', 'read', 'hunt'],
  delegated: ['registration', 'consent', 'token', 'claims', 'role', 'licence', 'read', 'hunt'],
};

export const stepsOf = ({ kind }: Pick<Ladder, 'kind'>): readonly StepName[] => steps[kind];

/** From the registration to one row read, each rung by what the one before it brought. */
export const rungsOf = (ladder: Ladder): readonly Rung[] => {
  let token: AccessToken | undefined;
  let permissions: readonly string[] = [];
  const access = (): ReadAccess => {
    const { tenant, api, endpoint, send, permits, clock } = ladder;
    const { tenantId } = tenant;
    const given = token;
    const getToken = given === undefined ? ladder.getToken : () => Promise.resolve(given);
    const tokens = { getToken, forget: () => undefined };
    return { tenantId, api, endpoint, scope: scopeOf(tenant.cloud, api) ?? '', send, permits, clock, tokens };
  };
  return [
    () => Promise.resolve([registration(ladder)]),
    async () => {
      try {
        token = await ladder.getToken();
      } catch (error) {
        return tokenRefused(ladder, error);
      }
      return [held('consent'), held('token')];
    },
    () => {
      const found = heldPermissions(token?.token ?? '', ladder.kind);
      permissions = found?.permissions ?? [];
      return Promise.resolve([claims(ladder, permissions, found?.expiresAtEpochSeconds)]);
    },
    async () => {
      try {
        await readOneRow(access());
      } catch (error) {
        if (error instanceof ThrottledError) await ladder.onWait?.(error);
        return refused(ladder, error);
      }
      return served(ladder);
    },
    () => hunt(ladder, permissions, access()),
  ];
};

const registration = ({ endpoint, tenant, api, obstacle }: Ladder): Settled => {
  if (obstacle !== undefined) return failed('registration', obstacle);
  if (endpoint !== '' && scopeOf(tenant.cloud, api) !== null) return held('registration');
  return failed('registration', {
    code: null,
    reason: 'notOffered',
    raw: null,
    cause: `Microsoft does not offer ${apiNames[api]} in the cloud ${tenant.cloud}.`,
    cure: 'Nothing mends this: use another API in this cloud, or put the tenant with the cloud it lives in.',
    link: null,
  });
};

/** What the token provider says of a token that is not the one asked for. */
const wrongClaims = /^(?:tid|aud|appid|azp|oid|scp|idtyp|unreadable)\b/;
/** Refusals before Entra looks at who we are. */
const ofConsent: ReadonlySet<string> = new Set(['consentMissing', 'tenantUnknown', 'delegatedConsentMissing']);

const tokenRefused = (ladder: Ladder, error: unknown): readonly Settled[] => {
  const finding = ladder.explain(error);
  if (error instanceof AuthError && wrongClaims.test(error.raw)) {
    const cure =
      'See what answers in place of Entra (ENTRA_AUTHORITY_HOST, a proxy): it hands out tokens that are for others.';
    const wrong = { ...finding, reason: 'wrongToken', cause: error.message, cure, link: null };
    return [held('consent'), held('token'), failed('claims', wrong)];
  }
  if (ofConsent.has(finding.reason)) return [failed('consent', finding)];
  return [unknown('consent', 'Not known: no token was had.'), failed('token', finding)];
};

/** A clock that is wrong by more would refuse good tokens and keep bad ones. */
const skewMs = 5 * 60_000;

const claims = (ladder: Ladder, permissions: readonly string[], expiresAtEpochSeconds: number | undefined): Settled => {
  const { clock, wanted, kind, api, tenant } = ladder;
  if (expiresAtEpochSeconds === undefined || expiresAtEpochSeconds * 1000 < clock.now() - skewMs)
    return failed('claims', clockWrong);
  const missing = missingNeeds(wanted, kind, permissions);
  if (missing.length === 0) return held('claims');
  const raw = permissions.join(' ').slice(0, 300);
  const isBarred = wanted[0] !== undefined && missing.includes(wanted[0]);
  const error = new ConsentError('The token lacks a permission', 'roleMissing', raw === '' ? 'no permission' : raw, {
    tenantId: tenant.tenantId,
  });
  const finding = {
    ...ladder.explain(error, permissionText(api, kind, missing)),
    cause: `The token does not allow: ${missing.map(({ feature }) => feature).join(', ')}.`,
  };
  return isBarred ? failed('claims', finding) : held('claims', finding);
};

const clockWrong: Finding = {
  code: null,
  reason: 'clock',
  raw: null,
  cause: 'A token that was issued just now is expired by our clock.',
  cure: 'Set the clock of the machine the app runs on: it is wrong by more than five minutes.',
  link: null,
};

const isOfPerson = ({ kind }: Ladder): boolean => kind === 'delegated';

const served = (ladder: Ladder): readonly Settled[] => [
  ...(isOfPerson(ladder) ? [held('role')] : []),
  held('licence'),
  held('read'),
];

const refused = (ladder: Ladder, error: unknown): readonly Settled[] => {
  const finding = ladder.explain(error);
  const role = isOfPerson(ladder) ? [held('role')] : [];
  if (finding.reason === 'licenceMissing') return [...role, failed('licence', finding)];
  if (finding.reason === 'callsSpent') return [unknown('licence', finding.cause), unknown('read', finding.cause)];
  // The token's permissions hold: what is refused now is the person, or a grant too young.
  if (finding.reason === 'roleMissing' || finding.reason === 'defenderRoleMissing')
    return isOfPerson(ladder) ? [failed('role', finding)] : [held('licence'), failed('read', notYet(finding))];
  return [unknown('licence', 'Not known: the API did not answer.'), failed('read', finding)];
};

const notYet = (finding: Finding): Finding => ({
  ...finding,
  cause: 'The token carries the permission, and the API refuses it all the same.',
  cure: 'Wait a few minutes and check again: a permission granted just now takes a while until all of Defender knows it.',
  link: null,
});

const hunt = async (
  ladder: Ladder,
  permissions: readonly string[],
  access: ReadAccess,
): Promise<readonly Settled[]> => {
  const { api, kind, clock, tenant } = ladder;
  const need = needs[api].find(({ feature }) => feature === 'hunting');
  if (need === undefined) return [];
  if (missingNeeds([need], kind, permissions).length > 0)
    return [unknown('hunt', `Not tried: ${need[kind][0]} is not granted.`)];
  try {
    assertNotRetired(api === 'mtp' ? 'defender' : api, clock.now(), tenant.tenantId);
  } catch {
    return [unknown('hunt', 'Not tried: Microsoft has retired hunting through this API.')];
  }
  try {
    await huntOneRow(access);
    return [held('hunt')];
  } catch (error) {
    return [failed('hunt', ladder.explain(error))];
  }
};
