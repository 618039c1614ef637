/** What is wrong with one incident; several kinds may go together. */
export interface Poison {
  /** Graph answers 500 to a list page or GET with `$expand=alerts` that holds it; Defender, which always shows alerts, to any. */
  expandFails?: boolean | undefined;
  /** Graph answers 500 to its alerts asked for apart. */
  alertsFail?: boolean | undefined;
  /** Either API answers 500 to a GET of it alone; lists that need no more than its row show it. */
  itemFails?: boolean | undefined;
  /** Fields put over those the incident is shown with, by either API under the names given here. */
  raw?: Readonly<Record<string, unknown>> | undefined;
  /** How many arrays, one inside the other, its field `nested` holds. */
  deep?: number | undefined;
}

export interface Poisons {
  /** Adds kinds to those the incident already has. */
  poison(tenantId: string, incidentId: string, poison: Poison): void;
  /** Of one incident, or of all of the tenant. */
  heal(tenantId: string, incidentId?: string): void;
  /** By incident id; undefined where nothing is poisoned. */
  poisonsOf(tenantId: string): ReadonlyMap<string, Poison> | undefined;
}

export function createPoisons(): Poisons {
  const byTenant = new Map<string, Map<string, Poison>>();
  return {
    poison: (tenantId, incidentId, poison) => {
      const poisons = byTenant.get(tenantId) ?? new Map<string, Poison>();
      poisons.set(incidentId, { ...poisons.get(incidentId), ...poison });
      byTenant.set(tenantId, poisons);
    },
    heal: (tenantId, incidentId) => {
      if (incidentId !== undefined) byTenant.get(tenantId)?.delete(incidentId);
      if (incidentId === undefined || byTenant.get(tenantId)?.size === 0) byTenant.delete(tenantId);
    },
    poisonsOf: (tenantId) => byTenant.get(tenantId),
  };
}

/** Poisoned texts may be many megabytes; each is made once while text and poison stay as they are. */
const lastMade = new WeakMap<Poison, { text: string; poisoned: string }>();

/** An incident's JSON as its poison makes it. */
export function poisonedText(text: string, poison: Poison | undefined): string {
  if (poison === undefined || (poison.raw === undefined && poison.deep === undefined)) return text;
  const last = lastMade.get(poison);
  if (last?.text === text) return last.poisoned;
  const { raw = {}, deep } = poison;
  const merged = JSON.stringify({ ...(JSON.parse(text) as object), ...raw });
  const poisoned =
    deep === undefined ? merged : `${merged.slice(0, -1)},"nested":${'['.repeat(deep)}${']'.repeat(deep)}}`;
  lastMade.set(poison, { text, poisoned });
  return poisoned;
}
