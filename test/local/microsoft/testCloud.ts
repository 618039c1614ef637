import type { Answer, Request } from '../../../local/microsoft/answer';
import { answerDefender } from '../../../local/microsoft/defender/answer';
import { createTokens } from '../../../local/microsoft/entra/tokens';
import { answerGraph } from '../../../local/microsoft/graph/answer';
import type { CloudOptions, CloudState } from '../../../local/microsoft/state';
import { createCloudState } from '../../../local/microsoft/state';
import type { Tenant } from '../../../local/microsoft/world/incident';
import type { Ticks } from '../../../local/microsoft/world/time7';
import { parseTime7 } from '../../../local/microsoft/world/time7';

export const now = '2026-11-20T12:00:00Z';

/** A clock that stands still until moved. */
export function createTestClock(start = now): { (): Ticks; advance(seconds: number): void } {
  let ticks = parseTime7(start)!;
  const clock = (): Ticks => ticks;
  return Object.assign(clock, { advance: (seconds: number) => void (ticks += BigInt(seconds) * 10_000_000n) });
}

const tokens = createTokens();

export async function createTestCloud(options: Partial<CloudOptions> = {}): Promise<CloudState> {
  const all = { seed: 7, tenants: 3, incidentsPerTenant: 60, now, clock: createTestClock(), ...options };
  return createCloudState(all, await tokens);
}

export function firstTenant(state: CloudState): Tenant {
  return state.world.tenants[0]!;
}

export interface ListBody {
  '@odata.context': string;
  '@odata.count'?: number;
  '@odata.nextLink'?: string;
  value: (Record<string, unknown> & {
    id: string;
    status: string;
    severity: string;
    createdDateTime: string;
    lastUpdateDateTime: string;
    assignedTo?: string | null;
    alerts?: Record<string, unknown>[];
  })[];
}

export interface ErrorBody {
  error: { code: string; message: string; innerError: Record<string, string>; innererror?: { code: string } };
}

/** Asks Graph in process as a trusted reader of the first tenant. */
export function askGraph(state: CloudState, url: string, headers: Request['headers'] = {}, method = 'GET'): Answer {
  return answerGraph(state, { method, url, headers }, firstTenant(state).tenantId);
}

export interface DefenderIncident extends Record<string, unknown> {
  incidentId: number;
  redirectIncidentId: number | null;
  incidentName: string;
  createdTime: string;
  lastUpdateTime: string;
  status: string;
  severity: string;
  classification: string;
  determination: string;
  assignedTo: string | null;
  tags: string[];
  comments: { comment: string; createdBy: string; createdTime: string }[];
  alerts: (Record<string, unknown> & {
    alertId: string;
    devices: Record<string, unknown>[];
    entities: Record<string, unknown>[];
  })[];
}

/** Asks the Defender API in process as a trusted reader of the first tenant. */
export function askDefender(state: CloudState, url: string, method = 'GET'): Answer {
  return answerDefender(state, { method, url, headers: {} }, firstTenant(state).tenantId);
}

/** One page of the Defender API; query values may be written plainly. */
export function defenderPage(state: CloudState, options: Record<string, string>): DefenderIncident[] {
  const answer = askDefender(state, `/api/incidents?${new URLSearchParams(options).toString()}`);
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
  return (JSON.parse(answer.body) as { value: DefenderIncident[] }).value;
}

/** One page; query values may be written plainly. */
export function listPage(
  state: CloudState,
  options: Record<string, string>,
  headers: Request['headers'] = {},
): ListBody {
  const answer = askGraph(state, `/v1.0/security/incidents?${new URLSearchParams(options).toString()}`, headers);
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
  return JSON.parse(answer.body) as ListBody;
}

export function refusal(answer: Answer): { status: number; code: string; message: string } {
  const { error } = JSON.parse(answer.body) as ErrorBody;
  return { status: answer.status, code: error.code, message: error.message };
}

/** Jest types its asymmetric matchers as any; here they keep the type of what they stand for. */
export const textLike = (pattern: RegExp): string => expect.stringMatching(pattern) as string;
