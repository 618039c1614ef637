import type { Json, JsonObject } from '../../shared/model/incident';
import type { Send } from '../../shared/ports';

/** How a page is had: the relay's own HTTP client and tokens, so that contestants differ in the order of work alone. */
export interface PageAccess {
  /** Of the API, without a final slash. */
  readonly endpoint: string;
  /** Of the tenant, for that API. */
  readonly token: () => Promise<string>;
  readonly send: Send;
}

/** Trusted as it comes: a reader that checked shapes would only be slower. */
export type GraphIncident = JsonObject & {
  readonly id: string;
  readonly status: string;
  readonly severity: string;
  readonly displayName: string;
  readonly lastUpdateDateTime: string;
  readonly alerts: readonly Json[];
};

export type DefenderIncident = JsonObject & { readonly incidentId: number };

interface Page<Incident> {
  readonly value: readonly Incident[];
  readonly '@odata.nextLink'?: string;
}

/** Without the preference some members of enums arrive as another text. */
export const graphPreference = { prefer: 'include-unknown-enum-members' };

export const graphList = (endpoint: string): string =>
  `${endpoint}/v1.0/security/incidents?$orderby=lastUpdateDateTime%20asc&$top=50&$expand=alerts`;

/** Graph answers 400 to a link that skips more. */
const maxSkip = 500;

/** Where a reader goes on after a page: by its link, or, where that would be refused, from the page's last row; undefined: nowhere. */
export const graphNext = (
  endpoint: string,
  nextLink: string | undefined,
  last: { readonly lastUpdateDateTime: string } | undefined,
): string | undefined =>
  nextLink === undefined || last === undefined || !isRefused(nextLink)
    ? nextLink
    : `${graphList(endpoint)}&$filter=${encodeURIComponent(`lastUpdateDateTime ge ${last.lastUpdateDateTime}`)}`;

const isRefused = (nextLink: string): boolean => Number(new URL(nextLink).searchParams.get('$skip')) > maxSkip;

/** All of a tenant's incidents on Graph as an ideal sequential reader has them: a page of 50 after the other, and nothing else. */
export async function* graphPages(access: PageAccess): AsyncGenerator<readonly GraphIncident[], void> {
  let url: string | undefined = graphList(access.endpoint);
  while (url !== undefined) {
    const { value, '@odata.nextLink': nextLink }: Page<GraphIncident> = await getPage(access, url, graphPreference);
    yield value;
    url = graphNext(access.endpoint, nextLink, value.at(-1));
  }
}

/** The largest page of the Defender API. */
const defenderPageSize = 100;

/**
 * The same on the Defender API, in pages of 100. The API says neither how many there are nor that more follow; the reader is told, and
 * makes no call in vain.
 */
export async function* defenderPages(
  access: PageAccess,
  incidents: number,
): AsyncGenerator<readonly DefenderIncident[], void> {
  for (let skip = 0; skip < incidents; skip += defenderPageSize) {
    const url = `${access.endpoint}/api/incidents?$top=${defenderPageSize}&$skip=${skip}`;
    yield (await getPage<DefenderIncident>(access, url)).value;
  }
}

const getPage = async <Incident>(
  { token, send }: PageAccess,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Page<Incident>> => {
  const authorization = `Bearer ${await token()}`;
  const answer = await send({
    method: 'GET',
    url,
    headers: { authorization, accept: 'application/json', ...headers },
    timeoutMs: 60_000,
  });
  if (answer.status !== 200) throw new Error(`${url} was answered with ${answer.status}`);
  return JSON.parse(answer.body) as Page<Incident>;
};
