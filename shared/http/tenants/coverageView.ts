import { z } from 'zod';
import type { CoverageAnswer, CoverageReport } from '../../model/coverageReport';
import type { Tenant } from '../../model/tenant';
import type { Time7 } from '../../model/time7';
import { continueKey } from '../../store/continueKey';
import { readLaterRepairs, readLedger } from '../../store/coverage';
import { askedRange } from '../../sync/coverage/askedRange';
import { coverageOf } from '../../sync/coverage/coverageOf';
import { toleratedDelayMs } from '../../sync/coverage/toleratedDelay';
import type { Caller } from '../callers/caller';
import { openPlace, sealPlace } from '../input/continueToken';
import type { Page } from '../input/continueToken';
import type { RangeQuery } from '../input/rangeQuery';
import { readTenants } from './readTenants';
import type { HttpServices } from '../services';
import type { TenantFacts } from './tenantHealth';
import type { TenantPageQuery } from './tenantPage';
import { tenantsInSight } from './tenantPage';

/** What is known of one tenant's coverage of a range; every key always there. */
export interface CoverageView extends CoverageReport {
  readonly tenantId: string;
  readonly tenantName: string;
  readonly from: Time7;
  /** Exclusive. */
  readonly to: Time7;
  readonly readThrough: Time7 | null;
}

/** A tenant in the list over all. */
export type CoverageLine = Pick<
  CoverageView,
  'tenantId' | 'tenantName' | 'answer' | 'because' | 'from' | 'to' | 'readThrough' | 'foundLate' | 'incidents'
>;

type Services = Pick<HttpServices, 'storage' | 'config'>;

/** @throws RequestError where `from` does not lie before `to` */
export const coverageView = async (
  { storage, config }: Services,
  { tenant, state, access, quarantined, nowMs, defaultIntervalSeconds }: TenantFacts,
  { from, to }: RangeQuery,
): Promise<CoverageView> => {
  const { readThrough } = state.cursor;
  const toleratedMs = toleratedDelayMs(tenant.intervalSeconds ?? defaultIntervalSeconds);
  const asked = askedRange({ from, to }, { readThrough, nowMs, toleratedMs });
  const [ledger, laterRepairs] = await Promise.all([
    readLedger(storage.incidents, tenant.tenantId, asked),
    readLaterRepairs(storage.incidents, tenant.tenantId, asked),
  ]);
  const report = coverageOf({
    asked,
    enabled: tenant.enabled,
    state,
    ledger,
    laterRepairs,
    access,
    quarantined,
    nowMs,
    overlapMinutes: config.sync.overlapMinutes,
    toleratedMs,
  });
  return { tenantId: tenant.tenantId, tenantName: tenant.name, ...asked, readThrough: readThrough ?? null, ...report };
};

export interface CoveragePage extends Page<CoverageLine> {
  /** Tenants of this page by answer. */
  readonly counts: Readonly<Record<CoverageAnswer, number>>;
}

const placeShape = z.object({ tenantId: z.string() });
const tenantsSideBySide = 25;

/** A page of the tenants in the caller's sight, in the registry's order. @throws RequestError · GroupsOverageError */
export const pageOfCoverage = async (
  services: HttpServices,
  caller: Caller,
  query: RangeQuery & TenantPageQuery,
): Promise<CoveragePage> => {
  const key = await continueKey(services.storage.index);
  const range = { from: query.from, to: query.to };
  const binding = { objectId: caller.objectId, list: 'coverage', conditions: range };
  const nowMs = services.clock.now();
  const place = query.continue === undefined ? undefined : openPlace(key, binding, query.continue, placeShape, nowMs);
  const tenants = await tenantsInSight(services, caller, place?.tenantId, query.limit + 1);
  const shown = tenants.slice(0, query.limit);
  const items = await linesOf(services, shown, range);
  const last = tenants.length > query.limit ? shown.at(-1) : undefined;
  const numberOf = (answer: CoverageAnswer): number => items.filter((item) => item.answer === answer).length;
  return {
    items,
    counts: { yes: numberOf('yes'), no: numberOf('no'), unknown: numberOf('unknown') },
    continue: last === undefined ? null : sealPlace(key, binding, { tenantId: last.tenantId }, nowMs),
  };
};

const linesOf = async (
  services: HttpServices,
  tenants: readonly Tenant[],
  range: RangeQuery,
): Promise<readonly CoverageLine[]> => {
  const lines: CoverageLine[] = [];
  for (let start = 0; start < tenants.length; start += tenantsSideBySide) {
    const facts = await readTenants(services, tenants.slice(start, start + tenantsSideBySide));
    lines.push(...(await Promise.all(facts.map(async (one) => lineOf(await coverageView(services, one, range))))));
  }
  return lines;
};

const lineOf = (view: CoverageView): CoverageLine => {
  const { tenantId, tenantName, answer, because, from, to, readThrough, foundLate, incidents } = view;
  return { tenantId, tenantName, answer, because, from, to, readThrough, foundLate, incidents };
};
