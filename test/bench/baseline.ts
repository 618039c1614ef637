import type { Json, JsonObject } from '../../shared/model/incident';
import type { Row, Send, TokenProvider } from '../../shared/ports';
import { packBody } from '../../shared/store/body';

export interface BaselineOptions {
  readonly tenantId: string;
  readonly graphUrl: string;
  readonly scope: string;
  readonly send: Send;
  readonly tokens: TokenProvider;
  /** Stores one row. */
  readonly upsert: (row: Row) => Promise<unknown>;
}

type GraphIncident = JsonObject & {
  readonly id: string;
  readonly status: string;
  readonly severity: string;
  readonly displayName: string;
  readonly lastUpdateDateTime: string;
  readonly alerts: readonly Json[];
};

/** Trusted as it comes: a baseline that checked shapes would only be slower. */
interface GraphPage {
  readonly value: readonly GraphIncident[];
  readonly '@odata.nextLink'?: string;
}

/** Graph answers 400 to a link that skips more. */
const maxSkip = 500;

/**
 * What a plain reader does: one page after the other by nextLink, one row after the other, each awaited. It packs bodies as the relay
 * does and shares its HTTP client and tokens, so what differs is the order of work. Where the link would be refused it begins again
 * at the last row it has.
 * @returns how many different incidents it stored
 */
export const readPlainly = async (options: BaselineOptions): Promise<number> => {
  const list = `${options.graphUrl}/v1.0/security/incidents?$orderby=lastUpdateDateTime%20asc&$top=50&$expand=alerts`;
  const stored = new Set<string>();
  let url: string | undefined = list;
  while (url !== undefined) {
    const { value, '@odata.nextLink': nextLink }: GraphPage = await getPage(options, url);
    for (const incident of value) {
      await options.upsert(toRow(options.tenantId, incident));
      stored.add(incident.id);
    }
    const last = value.at(-1);
    url =
      nextLink !== undefined && last !== undefined && skipOf(nextLink) > maxSkip
        ? `${list}&$filter=${encodeURIComponent(`lastUpdateDateTime ge ${last.lastUpdateDateTime}`)}`
        : nextLink;
  }
  return stored.size;
};

const skipOf = (nextLink: string): number => Number(new URL(nextLink).searchParams.get('$skip'));

const getPage = async (options: BaselineOptions, url: string): Promise<GraphPage> => {
  const { token } = await options.tokens.getToken(options.tenantId, options.scope);
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    prefer: 'include-unknown-enum-members',
  };
  const answer = await options.send({ method: 'GET', url, headers, timeoutMs: 60_000 });
  if (answer.status !== 200) throw new Error(`Graph answered ${answer.status} to ${url}`);
  return JSON.parse(answer.body) as GraphPage;
};

const toRow = (tenantId: string, incident: GraphIncident): Row => {
  const { columns, blob } = packBody(incident, '');
  if (blob !== undefined) throw new Error(`incident ${incident.id} does not fit a row`);
  const { id, status, severity, displayName, lastUpdateDateTime, alerts } = incident;
  const header = { status, severity, displayName, lastUpdateDateTime, alertsCount: alerts.length };
  return { partitionKey: tenantId, rowKey: id, ...header, ...columns };
};
