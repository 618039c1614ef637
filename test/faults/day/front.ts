import { answerDefender, answerGraph } from '../../../local/microsoft';
import type { Tenant } from '../../../local/microsoft/world/incident';
import type { IncomingAnswer, OutgoingRequest } from '../../../shared/ports';
import type { RandomSource } from '../../support/randomSource';
import type { Customers } from './customers';
import { short } from './customers';
import type { Tally } from './faultKinds';
import type { DayPlan, Rates } from './plan';
import type { Api, Quota } from './quota';
import { hiddenId, shownId } from './shownId';
import type { Timeline } from './timeline';
import { readToken } from './token';

export const graphUrl = 'https://graph.day.invalid';
export const defenderUrl = 'https://defender.day.invalid';

export const apiOf = (url: string): Api => (url.startsWith(defenderUrl) ? 'defender' : 'graph');

/** Where the relay's calls arrive: the simulated cloud, and all that goes wrong on the way to it and back. */
export interface Front {
  /** The answer, or undefined where none comes before the caller's time limit. */
  answer(tenant: Tenant, request: OutgoingRequest, instance: string): IncomingAnswer | undefined;
  /** Until then the tenant's licence is gone. */
  withoutLicence(tenant: Tenant, untilMs: number): void;
  /** Tokens issued before now are refused. */
  revokeTokens(tenant: Tenant): void;
  storm(untilMs: number): void;
  heal(): void;
  /** Everything this tenant asks fails until then. */
  sicken(tenant: Tenant, untilMs: number): void;
  /** Calls made elsewhere than at Defender, or with another tenant's token. */
  readonly foreign: readonly string[];
  readonly answered: number;
}

export interface FrontOptions {
  readonly plan: DayPlan;
  readonly customers: Customers;
  readonly timeline: Timeline;
  readonly random: RandomSource;
  readonly tally: Tally;
  readonly quota: Quota;
  readonly faultsOn: () => boolean;
  readonly tell: (what: string) => void;
  /** The story is wanted: each call is part of it. */
  readonly isTold: boolean;
}

export const createFront = (options: FrontOptions): Front => {
  const { plan, customers, timeline, random, tally, quota, faultsOn, tell, isTold } = options;
  const { cloud } = customers;
  const foreign: string[] = [];
  const unlicensed = new Map<Tenant, number>();
  const sick = new Map<Tenant, number>();
  const revokedAt = new Map<string, number>();
  let stormUntilMs = 0;
  let answered = 0;

  const happens = (name: keyof Rates): boolean => faultsOn() && random.next() < plan.rates[name];
  const common = (): Record<string, string> => ({
    date: new Date(timeline.now()).toUTCString(),
    'content-type': 'application/json',
  });
  const refusal = (status: number, code: string, headers: Record<string, string> = {}): IncomingAnswer => ({
    status,
    headers: { ...common(), ...headers },
    body: JSON.stringify({ error: { code, message: `${code} happened` } }),
  });

  const throttled = (tenant: Tenant, instance: string, api: Api): IncomingAnswer => {
    const seconds = 5 + random.below(120);
    const told = (waitMs: number): void => {
      tell(`429 for ${short(tenant)}, wait ${Math.round(waitMs / 1000)} s`);
      quota.refused(tenant.tenantId, api, instance, timeline.now(), waitMs);
    };
    switch (random.below(7)) {
      case 0: {
        const until = timeline.now() + seconds * 1000;
        told(Math.floor(until / 1000) * 1000 - timeline.now());
        return refusal(429, 'TooManyRequests', { 'retry-after': new Date(until).toUTCString() });
      }
      case 1: {
        told(seconds * 1000);
        const message = `You have exceeded the allowed number of calls. Please try again in ${seconds} seconds.`;
        return {
          status: 429,
          headers: common(),
          body: JSON.stringify({ error: { code: 'TooManyRequests', message } }),
        };
      }
      case 2:
        return refusal(429, 'TooManyRequests');
      case 3:
        told(999_999_000);
        return refusal(429, 'TooManyRequests', { 'retry-after': '999999' });
      case 4:
        return refusal(429, 'TooManyRequests', { 'retry-after': '-5' });
      default:
        told(seconds * 1000);
        return refusal(429, 'TooManyRequests', { 'retry-after': String(seconds) });
    }
  };

  const broken = ({ status, headers, body }: IncomingAnswer): IncomingAnswer => {
    switch (random.below(6)) {
      case 0:
        return { status, headers, body: body.slice(0, random.below(Math.max(1, body.length - 1))) };
      case 1:
        return {
          status,
          headers: { ...headers, 'content-type': 'text/html' },
          body: '<html><body>Sign in</body></html>',
        };
      case 2:
        return { status, headers, body: '' };
      case 3:
        return { status, headers, body: body.slice(0, -2) };
      case 4:
        return { status, headers, body: '{"value":{"id":"1"}}' };
      default:
        return { status, headers, body: `${body}${body.slice(0, 10)}` };
    }
  };

  /** Graph may hand out fewer rows than asked for; then it says where the others are. */
  const withFewerRows = (url: string): string =>
    plan.rowsAPage === undefined ? url : url.replace(/([?&](?:\$|%24)top=)50\b/, `$1${plan.rowsAPage}`);

  const ofCloud = (tenant: Tenant, request: OutgoingRequest): IncomingAnswer => {
    const isGraph = request.url.startsWith(graphUrl);
    const path = request.url.slice((isGraph ? graphUrl : defenderUrl).length);
    const own = customers.hasOddIds(tenant) ? withHiddenId(path) : path;
    const asked = {
      method: request.method,
      url: isGraph ? withFewerRows(own) : own,
      headers: { ...request.headers },
      body: '',
    };
    const { status, headers, body } = isGraph
      ? answerGraph(cloud, asked, tenant.tenantId)
      : answerDefender(cloud, asked, tenant.tenantId);
    return { status, headers, body: customers.hasOddIds(tenant) ? withShownIds(body, isGraph) : body };
  };

  const judge = (tenant: Tenant, request: OutgoingRequest): IncomingAnswer | undefined => {
    const { protocol, host } = new URL(request.url);
    const home = request.url.startsWith(graphUrl) || request.url.startsWith(defenderUrl);
    if (!home) {
      foreign.push(`a call went to ${protocol}//${host}`);
      return { status: 200, headers: common(), body: '{"value":[]}' };
    }
    const token = readToken(request.headers.authorization);
    if (token === undefined) return refusal(401, 'InvalidAuthenticationToken');
    if (token.tenantId !== tenant.tenantId) {
      foreign.push(`tenant ${tenant.tenantId} was asked for with a token of ${token.tenantId}`);
      const other = customers.tenants.find(({ tenantId }) => tenantId === token.tenantId);
      // Defender answers what the token is for.
      return other === undefined ? refusal(401, 'InvalidAuthenticationToken') : ofCloud(other, request);
    }
    if (token.expiresAtMs <= timeline.now() || token.issuedAtMs < (revokedAt.get(tenant.tenantId) ?? 0))
      return refusal(401, 'InvalidAuthenticationToken');
    return undefined;
  };

  return {
    foreign,
    get answered() {
      return answered;
    },
    withoutLicence: (tenant, untilMs) => void unlicensed.set(tenant, untilMs),
    revokeTokens: (tenant) => void revokedAt.set(tenant.tenantId, timeline.now()),
    storm: (untilMs) => {
      stormUntilMs = untilMs;
    },
    heal: () => {
      stormUntilMs = 0;
      unlicensed.clear();
      sick.clear();
    },
    sicken: (tenant, untilMs) => void sick.set(tenant, untilMs),
    answer: (tenant, request, instance) => {
      const answer = answerOf(tenant, request, instance);
      if (isTold) tell(`${instance} asks ${short(tenant)} ${inWords(request.url, answer)}`);
      return answer;
    },
  };

  function answerOf(tenant: Tenant, request: OutgoingRequest, instance: string): IncomingAnswer | undefined {
    answered += 1;
    const now = timeline.now();
    const api = apiOf(request.url);
    const refused = judge(tenant, request);
    if (refused !== undefined) return refused;
    if ((unlicensed.get(tenant) ?? 0) > now) {
      tally.hit(29);
      return refusal(403, 'Forbidden');
    }
    if ((sick.get(tenant) ?? 0) > now) {
      tally.hit(40);
      return random.next() < 0.3
        ? undefined
        : random.next() < 0.5
          ? throttled(tenant, instance, api)
          : refusal(503, 'ServiceUnavailable');
    }
    if (now < stormUntilMs && faultsOn()) {
      tally.hit(8);
      quota.refused(tenant.tenantId, api, instance, now, 60_000);
      return refusal(429, 'TooManyRequests', { 'retry-after': '60' });
    }
    if (happens('throttledPerCall')) {
      tally.hit(7);
      return throttled(tenant, instance, api);
    }
    if (happens('unauthorizedPerCall')) {
      tally.hit(29);
      revokedAt.set(tenant.tenantId, now);
      return refusal(401, 'InvalidAuthenticationToken');
    }
    if (happens('serverErrorPerCall')) {
      tally.hit(9);
      tell(`5xx for ${short(tenant)}`);
      return refusal([500, 502, 503, 504][random.below(4)] ?? 500, 'InternalServerError');
    }
    if (happens('hangPerCall')) {
      tally.hit(12);
      return undefined;
    }
    if (happens('movesPerCall')) {
      tally.hit(15);
      customers.change(tenant, true);
    }
    // An incident and its alerts come from one replica: lists alone are behind.
    const isList = !request.url.includes('/incidents/');
    const restore = isList && happens('stalePerCall') ? customers.olderVersion(tenant)?.() : undefined;
    if (restore !== undefined) tally.hit(17);
    const isPartial = happens('partialPerCall');
    if (isPartial) cloud.behaviour.partialNext({ tenantId: tenant.tenantId });
    const answer = ofCloud(tenant, request);
    // Meant for this call alone: what is no list leaves it behind, for a list when all is well.
    if (isPartial && cloud.behaviour.takePartial(tenant.tenantId) === undefined) {
      tally.hit(10);
      tell(`206 for ${short(tenant)}`);
    }
    restore?.();
    if (customers.hasOddIds(tenant)) tally.hit(21);
    if (answer.status === 200 && happens('foreignRowPerCall') && answer.body.includes(tenant.tenantId)) {
      tally.hit(11);
      tell(`a row of another tenant for ${short(tenant)}`);
      const other = customers.tenants.find((each) => each !== tenant)?.tenantId ?? strangerId;
      return { ...answer, body: answer.body.replace(`"tenantId":"${tenant.tenantId}"`, `"tenantId":"${other}"`) };
    }
    if (answer.status === 200 && happens('foreignLinkPerCall')) {
      tally.hit(16);
      return withForeignLink(answer, request);
    }
    if (answer.status === 200 && happens('brokenPerCall')) {
      tally.hit(11);
      tell(`broken body for ${short(tenant)}`);
      return broken(answer);
    }
    return answer;
  }

  /** A link abroad, or back to where one is: neither may be followed. */
  function withForeignLink(answer: IncomingAnswer, request: OutgoingRequest): IncomingAnswer {
    const link = random.next() < 0.5 ? 'https://evil.invalid/v1.0/security/incidents?$skip=50' : request.url;
    const without = answer.body.replace(/"@odata\.nextLink":"[^"]*",/, '');
    if (!without.startsWith('{"@odata.context":')) return answer;
    return { ...answer, body: `{"@odata.nextLink":${JSON.stringify(link)},${without.slice(1)}` };
  }
};

const inWords = (url: string, answer: IncomingAnswer | undefined): string => {
  const rows = answer?.body.match(/"(?:@odata\.type|createdDateTime|createdTime)":/g)?.length ?? 0;
  const asked = decodeURIComponent(url.replace(/^https:\/\/[^/]*/, '')).replace(/\$orderby=[^&]*&?/, '');
  return `${asked} → ${answer?.status ?? 'nothing'}, ${answer?.body.length ?? 0} characters, ${rows} rows and alerts`;
};

const strangerId = '99999999-9999-4999-8999-999999999999';

const withHiddenId = (path: string): string =>
  path.replace(
    /(\/incidents\/)([^/?]+)/,
    (_, before: string, id: string) => `${before}${hiddenId(decodeURIComponent(id))}`,
  );

const withShownIds = (body: string, isGraph: boolean): string => {
  if (!body.includes('"')) return body;
  const renamed = isGraph
    ? body.replace(/"(id|incidentId|redirectIncidentId)":"(\d+)"/g, renamedTo)
    : body.replace(/"(incidentId|redirectIncidentId)":"?(\d+)"?/g, renamedTo);
  return renamed;
};

const renamedTo = (_: string, name: string, id: string): string => `"${name}":${JSON.stringify(shownId(id))}`;
