import { z } from 'zod';
import type { HomeGraph } from '../access/homeGraph';
import { ContractError } from '../errors';
import { askTenant } from '../incidents/askTenant';
import { fromGraphAnswer } from '../incidents/graph/graphError';
import type { Relationship } from './relationship';
import { toRelationship } from './relationship';

const path = '/v1.0/tenantRelationships/delegatedAdminRelationships';
/** Graph's most. */
const rowsAPage = 300;
/** 30,000 relationships: more than the largest of providers has. */
const mostPages = 100;

const pageShape = z.looseObject({ value: z.array(z.unknown()), '@odata.nextLink': z.string().optional() });

/**
 * All relationships of the home tenant with its customers, whatever their status; rows that name no customer are left out.
 * @throws ConsentError · AuthError · ThrottledError · ContractError · UpstreamError
 * @see https://learn.microsoft.com/graph/api/tenantrelationship-list-delegatedadminrelationships
 */
export const listRelationships = async (graph: HomeGraph): Promise<readonly Relationship[]> => {
  const found: Relationship[] = [];
  let url: string | undefined = `${graph.endpoint}${path}?$top=${rowsAPage}`;
  for (let pages = 0; url !== undefined; pages += 1) {
    if (pages === mostPages) throw new ContractError('Graph lists partner relationships without end');
    const page = await readPage(graph, url);
    found.push(...page.value.map(toRelationship).filter((each) => each !== undefined));
    url = nextOf(graph, page['@odata.nextLink']);
  }
  return found;
};

const readPage = async (graph: HomeGraph, url: string): Promise<z.output<typeof pageShape>> => {
  const { tenantId, clock } = graph;
  const answer = await askTenant(graph, url);
  if (answer.status !== 200) throw fromGraphAnswer(answer, tenantId, clock.now());
  try {
    return pageShape.parse(JSON.parse(answer.body));
  } catch (cause) {
    throw new ContractError('Graph answered something that is no list of partner relationships', { tenantId, cause });
  }
};

/** A token for Graph goes to Graph only, wherever an answer points. */
const nextOf = ({ endpoint, tenantId }: HomeGraph, link: string | undefined): string | undefined => {
  if (link === undefined) return undefined;
  const next = URL.canParse(link) ? new URL(link) : undefined;
  const root = new URL(endpoint);
  if (next?.origin === root.origin && next.pathname === `${root.pathname.replace(/\/$/, '')}${path}`) return next.href;
  throw new ContractError('Graph points for more partner relationships to another place', { tenantId });
};
