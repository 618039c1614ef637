import type { World } from '../world/createWorld';
import type { Tenant } from '../world/incident';
import { guidOf } from '../world/random';
import type { Ticks } from '../world/time7';
import { formatTime7, parseTime7, TICKS_PER_SECOND } from '../world/time7';
import type { DefenderRole, User } from './users';
import { defenderRoles } from './users';

/** @see https://learn.microsoft.com/graph/api/resources/delegatedadminrelationship */
export const relationshipStatuses = [
  ...['activating', 'active', 'approvalPending', 'approved', 'created'],
  ...['expired', 'expiring', 'terminated', 'terminating', 'terminationRequested'],
] as const;

/** Ids of the role templates are the same in every tenant. */
export const roleTemplates: Readonly<Record<DefenderRole | 'Global Administrator', string>> = {
  'Global Administrator': '62e90394-69f5-4237-9190-012177145e10',
  'Security Reader': '5d6b6bb7-de71-4623-b4af-96380a352509',
  'Security Operator': '5f2222b1-57c3-48ba-8ad5-d4759f1fde6f',
};

/** What a customer lets the provider's people do in its tenant (GDAP), and until when. */
export interface Partnership {
  readonly id: string;
  readonly customer: Tenant;
  /** What was said last; past its end it is `expired` whatever that was. */
  status: string;
  endTicks: Ticks;
  durationDays: number;
  autoExtend: boolean;
  roles: readonly DefenderRole[];
}

export interface PartnershipChange {
  status?: string | undefined;
  /** ISO 8601 UTC. */
  endDateTime?: string | undefined;
  autoExtend?: boolean | undefined;
  roles?: readonly DefenderRole[] | undefined;
}

export interface Partnerships {
  /** With every customer, in the order of the world. */
  list(): readonly Partnership[];
  of(customer: Tenant): Partnership;
  statusOf(partnership: Partnership): string;
  /** @throws RangeError for an end that is no time. */
  change(customer: Tenant, change: PartnershipChange): Partnership;
  /** The role a user of the provider has in the customer's tenant; undefined: is not let in at all; null: let in, but not to Defender. */
  roleAt(customer: Tenant, user: User): DefenderRole | null | undefined;
}

/** Days left at the world's `now`, turn by turn: each step of a countdown, and one that is over. */
const daysLeft = [600, 55, 25, 5, -10];
const day = 86_400n * TICKS_PER_SECOND;

export function createPartnerships(world: World): Partnerships {
  const known = new Map<string, Partnership>();
  const of = (customer: Tenant): Partnership => {
    const found = known.get(customer.tenantId);
    if (found !== undefined) return found;
    const made: Partnership = {
      id: `${guidOf(customer.tenantId, 'partnership')}-${guidOf(customer.tenantId, 'partnership', 2)}`,
      customer,
      status: 'active',
      endTicks:
        (parseTime7(world.now) ?? world.clock()) + BigInt(daysLeft[customer.index % daysLeft.length] ?? 0) * day,
      durationDays: 730,
      autoExtend: false,
      roles: defenderRoles,
    };
    known.set(customer.tenantId, made);
    return made;
  };
  const statusOf = ({ status, endTicks }: Partnership): string =>
    endTicks <= world.clock() && status !== 'terminated' ? 'expired' : status;
  return {
    list: () => world.tenants.map(of),
    of,
    statusOf,
    change: (customer, { status, endDateTime, autoExtend, roles }) => {
      const partnership = of(customer);
      const endTicks = endDateTime === undefined ? partnership.endTicks : parseTime7(endDateTime);
      if (endTicks === undefined) throw new RangeError(`endDateTime is not an ISO 8601 UTC time: ${endDateTime ?? ''}`);
      partnership.endTicks = endTicks;
      partnership.status = status ?? partnership.status;
      partnership.autoExtend = autoExtend ?? partnership.autoExtend;
      partnership.roles = roles ?? partnership.roles;
      return partnership;
    },
    roleAt: (customer, user) => {
      const partnership = customer.index < 0 ? undefined : of(customer);
      const isPartner = user.tenant.index < 0 && partnership !== undefined && statusOf(partnership) === 'active';
      if (!isPartner) return undefined;
      const own = user.administrator ? 'Security Operator' : user.defenderRole;
      if (own === null) return null;
      // The customer may have granted less than the user has at home.
      return partnership.roles.includes(own) ? own : (partnership.roles[0] ?? null);
    },
  };
}

/** As Graph shows one. */
export function toRelationship(partnerships: Partnerships, partnership: Partnership): Record<string, unknown> {
  const { id, customer, endTicks, durationDays, autoExtend, roles } = partnership;
  const activated = endTicks - BigInt(durationDays) * day;
  return {
    '@odata.type': '#microsoft.graph.delegatedAdminRelationship',
    '@odata.etag': `W/"${Buffer.from(id).toString('base64').slice(0, 24)}"`,
    id,
    displayName: `${customer.displayName}: incident response`.slice(0, 50),
    duration: `P${durationDays}D`,
    customer: { tenantId: customer.tenantId, displayName: customer.displayName },
    accessDetails: { unifiedRoles: roles.map((role) => ({ roleDefinitionId: roleTemplates[role] })) },
    status: partnerships.statusOf(partnership),
    autoExtendDuration: autoExtend ? 'P180D' : 'PT0S',
    createdDateTime: formatTime7(activated - day),
    lastModifiedDateTime: formatTime7(activated),
    activatedDateTime: formatTime7(activated),
    endDateTime: formatTime7(endTicks),
  };
}
