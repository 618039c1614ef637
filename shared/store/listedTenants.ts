import { nibbles, tenantNibble } from './keys';

/** The tenants a list is about: known beforehand, or decided one by one as the list meets them. */
export interface ListedTenants {
  /** The feed partitions in which their hints stand. */
  readonly nibbles: readonly string[];
  /** What is known already; undefined: `decide` tells. */
  known(tenantId: string): boolean | undefined;
  decide(tenantId: string): Promise<boolean>;
  /** True where deciding one by one has gone on for too long: the list stops where it is. */
  isSpent(): boolean;
}

export const knownTenants = (tenantIds: Iterable<string>): ListedTenants => {
  const all = new Set(tenantIds);
  return {
    nibbles: [...new Set([...all].map(tenantNibble))],
    known: (tenantId) => all.has(tenantId),
    decide: (tenantId) => Promise.resolve(all.has(tenantId)),
    isSpent: () => false,
  };
};

/**
 * Tenants decided as they are met: each once, and remembered by the list they are made for. After `maxDecisions`, a few side by side
 * beyond it, the list is spent.
 */
export const tenantsAsMet = (isListed: (tenantId: string) => Promise<boolean>, maxDecisions: number): ListedTenants => {
  const answers = new Map<string, boolean>();
  const asked = new Map<string, Promise<boolean>>();
  const ask = async (tenantId: string): Promise<boolean> => {
    const answer = await isListed(tenantId);
    answers.set(tenantId, answer);
    return answer;
  };
  return {
    nibbles,
    known: (tenantId) => answers.get(tenantId),
    decide: (tenantId) => {
      const answer = asked.get(tenantId) ?? ask(tenantId);
      asked.set(tenantId, answer);
      return answer;
    },
    isSpent: () => asked.size > maxDecisions,
  };
};
