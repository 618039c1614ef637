import { Client, PageIterator } from '@microsoft/microsoft-graph-client';
import type { PageCollection } from '@microsoft/microsoft-graph-client';
import type { GraphIncident, PageAccess } from './pages';
import { graphList, graphNext, graphPreference } from './pages';

/**
 * All of a tenant's incidents as Microsoft's own client for Graph iterates over them: its middleware, its fetch, its paging, a token handed
 * over, nothing stored. Where Graph would refuse its next link, a new iterator begins at the last row.
 * @see https://learn.microsoft.com/graph/sdks/paging
 * @returns how many different incidents it showed
 */
export const leafByGraphClient = async ({ endpoint, token }: PageAccess): Promise<number> => {
  const client = Client.initWithMiddleware({
    authProvider: { getAccessToken: token },
    baseUrl: endpoint,
    customHosts: new Set([new URL(endpoint).hostname]),
  });
  const shown = new Set<string>();
  let url: string | undefined = graphList(endpoint);
  while (url !== undefined) {
    const first = (await client.api(url).headers(graphPreference).get()) as PageCollection;
    let last: GraphIncident | undefined;
    let left = rowsUntilRefused;
    const take = (incident: GraphIncident): boolean => {
      shown.add(incident.id);
      last = incident;
      left -= 1;
      return left > 0;
    };
    const iterator = new PageIterator(client, first, take, { headers: graphPreference });
    await iterator.iterate();
    url = iterator.isComplete() ? undefined : graphNext(endpoint, `${url}&$skip=${rowsUntilRefused}`, last);
  }
  return shown.size;
};

/** The last page whose link Graph takes skips 500. */
const rowsUntilRefused = 550;
