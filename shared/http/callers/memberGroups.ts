import { z } from 'zod';
import type { HomeGraph } from '../../access/homeGraph';
import { AppError, AuthError, ConsentError, ContractError, GroupsOverageError } from '../../errors';
import { postTenant } from '../../incidents/askTenant';
import { fromGraphAnswer } from '../../incidents/graph/graphError';
import type { IncomingAnswer } from '../../ports';
import type { Caller } from './caller';
import { groupsOverage } from './visibility';

/** The groups of callers whose tokens do not name them. */
export interface MemberGroups {
  /** The caller with the groups Graph names, or with the reason why they are not known; others as they are. */
  resolve(caller: Caller): Promise<Caller>;
}

/** Someone put into a group, or taken out, is so here within this time. */
const keptMs = 5 * 60_000;
/** Refusals are for people to mend: asked again soon. */
const refusalKeptMs = 30_000;
const mostKept = 1_000;
const timeoutMs = 10_000;

const answerShape = z.looseObject({ value: z.array(z.string().toLowerCase()) });
const errorShape = z.looseObject({ error: z.looseObject({ code: z.string() }) });

type Found = { readonly groups: readonly string[] } | { readonly why: AppError };

/**
 * Asks Graph, as the registration of our API, for all security groups of a person, those of groups included. No more than one question a
 * person and five minutes.
 * @see https://learn.microsoft.com/graph/api/directoryobject-getmembergroups
 */
export const createMemberGroups = (graph: HomeGraph): MemberGroups => {
  const kept = new Map<string, { readonly found: Found; readonly untilMs: number }>();
  const asking = new Map<string, Promise<Found>>();
  const { clock } = graph;

  const keep = (objectId: string, found: Found): void => {
    kept.delete(objectId);
    kept.set(objectId, { found, untilMs: clock.elapsedMs() + ('groups' in found ? keptMs : refusalKeptMs) });
    for (const oldest of kept.keys()) {
      if (kept.size <= mostKept) return;
      kept.delete(oldest);
    }
  };

  const find = async (objectId: string): Promise<Found> => {
    const known = kept.get(objectId);
    if (known !== undefined && clock.elapsedMs() < known.untilMs) return known.found;
    const running = asking.get(objectId) ?? ask(graph, objectId).finally(() => asking.delete(objectId));
    asking.set(objectId, running);
    const found = await running;
    keep(objectId, found);
    return found;
  };

  return {
    resolve: async (caller) => {
      if (caller.groups !== 'overage' || caller.kind === 'app') return caller;
      // Of people of other tenants our own directory knows nothing.
      if (caller.tenantId !== graph.tenantId) return { ...caller, groupsUnknown: groupsOverage({}) };
      const found = await find(caller.objectId);
      return 'groups' in found ? { ...caller, groups: found.groups } : { ...caller, groupsUnknown: found.why };
    },
  };
};

/** Only ids of that form go into an address. */
const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const ask = async (graph: HomeGraph, objectId: string): Promise<Found> => {
  if (graph.endpoint === '' || !guid.test(objectId)) return { why: groupsOverage({}) };
  try {
    const url = `${graph.endpoint}/v1.0/users/${objectId}/getMemberGroups`;
    const answer = await postTenant(graph, url, { securityEnabledOnly: true }, timeoutMs);
    return groupsIn(answer, graph);
  } catch (error) {
    if (error instanceof ConsentError)
      return { why: new GroupsOverageError(`${grant} ${sendAssigned}`, { cause: error }) };
    if (error instanceof AuthError)
      return { why: new GroupsOverageError(`${ownCredential} ${sendAssigned}`, { cause: error }) };
    // Away, throttled: whom it concerns is told to try again.
    if (error instanceof AppError) return { why: error };
    throw error;
  }
};

const groupsIn = (answer: IncomingAnswer, { tenantId, clock }: HomeGraph): Found => {
  if (answer.status !== 200) {
    if (codeIn(answer.body) === 'Directory_ResultSizeLimitExceeded') return { why: groupsOverage({}) };
    throw fromGraphAnswer(answer, tenantId, clock.now());
  }
  try {
    return { groups: answerShape.parse(JSON.parse(answer.body)).value };
  } catch (cause) {
    throw new ContractError('Graph answered something that is no list of groups', { tenantId, cause });
  }
};

const codeIn = (body: string): string | undefined => {
  try {
    return errorShape.parse(JSON.parse(body)).error.code;
  } catch {
    return undefined;
  }
};

const grant =
  'The token does not name your groups because you are in too many, and Microsoft Graph does not let this API look them up: grant its registration the application permissions GroupMember.Read.All and User.ReadBasic.All of Microsoft Graph.';
const ownCredential =
  'The token does not name your groups because you are in too many, and this API cannot look them up: its operator has to see to the credential of its registration (RELAY_API_CREDENTIAL_NAME).';
const sendAssigned =
  'Or, in Entra, let the API registration send only groups assigned to the application (groupMembershipClaims: ApplicationGroup), assign the groups used here, and sign in again.';
