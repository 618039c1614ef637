import { z } from 'zod';
import type { Partnership } from '../model/tenant';

/** One customer's leave for our people to work in its tenant (GDAP). */
export interface Relationship extends Partnership {
  readonly customerTenantId: string;
  readonly customerName: string;
}

/** Only what is read; a customer is missing while a relationship is being drawn up. */
const shape = z.looseObject({
  id: z.string().min(1),
  displayName: z.string().nullish(),
  status: z.string(),
  endDateTime: z.string().nullish(),
  lastModifiedDateTime: z.string().nullish(),
  autoExtendDuration: z.string().nullish(),
  customer: z.looseObject({ tenantId: z.guid().toLowerCase(), displayName: z.string().nullish() }),
});

/** PT0S and P0D: not. */
const isSome = (duration: string | null | undefined): boolean => /[1-9]/.test(duration ?? '');

const instantOf = (text: string | null | undefined): string | null => {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
};

/** One that was ended before its time changed last when it was. */
const endOf = ({ status, endDateTime, lastModifiedDateTime }: z.output<typeof shape>): string | null => {
  const planned = instantOf(endDateTime);
  const changed = status !== 'expired' && isOver({ status }) ? instantOf(lastModifiedDateTime) : null;
  return planned !== null && changed !== null && changed < planned ? changed : (planned ?? changed);
};

/** Out of Graph's row; undefined where it names no customer. @see https://learn.microsoft.com/graph/api/resources/delegatedadminrelationship */
export const toRelationship = (row: unknown): Relationship | undefined => {
  const parsed = shape.safeParse(row);
  if (!parsed.success) return undefined;
  const { id, displayName, status, autoExtendDuration, customer } = parsed.data;
  return {
    relationshipId: id,
    name: displayName ?? id,
    status,
    endsAt: endOf(parsed.data),
    autoExtends: isSome(autoExtendDuration),
    customerTenantId: customer.tenantId,
    customerName: customer.displayName ?? customer.tenantId,
  };
};

const inForce: ReadonlySet<string> = new Set(['active', 'expiring', 'terminationRequested']);

export const isInForce = ({ status }: Pick<Partnership, 'status'>): boolean => inForce.has(status);

/** Relationships that never came about, or that both sides wait for, tell of no customer. */
const ended: ReadonlySet<string> = new Set(['expired', 'terminated', 'terminating']);

export const isOver = ({ status }: Pick<Partnership, 'status'>): boolean => ended.has(status);

/** What is kept with the tenant. */
export const partnershipOf = ({ relationshipId, name, status, endsAt, autoExtends }: Relationship): Partnership => ({
  relationshipId,
  name,
  status,
  endsAt,
  autoExtends,
});
