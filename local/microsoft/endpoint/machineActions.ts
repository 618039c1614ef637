import type { Tenant } from '../world/incident';
import { machineOf, personOf } from '../world/people';
import { createRandom, guidOf, seedOf } from '../world/random';
import type { Clock, Ticks } from '../world/time7';
import { formatTime7, TICKS_PER_SECOND } from '../world/time7';
import type { Fields } from './machines';

export const actionEnds = ['Succeeded', 'Failed', 'TimeOut', 'Cancelled'] as const;
export type ActionEnd = (typeof actionEnds)[number];

export interface Order {
  type: 'Isolate' | 'Unisolate';
  scope: string | null;
  machineId: string;
  computerDnsName: string;
  comment: string;
  requestor: string;
}

/** What was asked of the machines of each tenant; how far it is follows from the cloud's clock. */
export interface MachineActions {
  /** Undefined where an isolation or release of that machine is under way: then nothing is taken. */
  order(tenant: Tenant, order: Order): Fields | undefined;
  /** As they stand now, newest first. */
  list(tenant: Tenant): Fields[];
  /** How those asked of a machine from now on end; default `Succeeded`. */
  setEnd(tenantId: string, machineId: string, end: ActionEnd): void;
}

const pendingSeconds = 5n;
const endsAfterSeconds = 30n;

interface Asked {
  readonly body: Fields;
  readonly type: string;
  readonly machineId: string;
  readonly createdTicks: Ticks;
  readonly end: ActionEnd;
}

export function createMachineActions(clock: Clock, startTicks: Ticks): MachineActions {
  const asked = new Map<string, Asked[]>();
  const ends = new Map<string, ActionEnd>();
  const of = (tenant: Tenant): Asked[] => {
    const known = asked.get(tenant.tenantId) ?? history(tenant, startTicks);
    asked.set(tenant.tenantId, known);
    return known;
  };
  const isUnderWay = ({ createdTicks }: Asked): boolean => clock() < createdTicks + endsAfterSeconds * TICKS_PER_SECOND;
  return {
    order: (tenant, { type, scope, machineId, computerDnsName, comment, requestor }) => {
      const all = of(tenant);
      const isBusy = all.some(
        (each) => each.machineId === machineId && /^(?:Uni|I)solate$/.test(each.type) && isUnderWay(each),
      );
      if (isBusy) return undefined;
      const id = guidOf(tenant.tenantId, 'action', all.length);
      const body = {
        ...{ id, type, title: null, scope, requestor, requestSource: 'PublicApi', requestorComment: comment },
        ...{ machineId, computerDnsName, externalID: null, commands: [], relatedFileInfo: null },
      };
      const end = ends.get(`${tenant.tenantId} ${machineId}`) ?? 'Succeeded';
      const fresh = { body, type, machineId, createdTicks: clock(), end };
      all.push(fresh);
      return shown(fresh, clock());
    },
    list: (tenant) => {
      const now = clock();
      return of(tenant)
        .toSorted((one, other) => (one.createdTicks < other.createdTicks ? 1 : -1))
        .map((each) => shown(each, now));
    },
    setEnd: (tenantId, machineId, end) => void ends.set(`${tenantId} ${machineId}`, end),
  };
}

function shown({ body, createdTicks, end }: Asked, now: Ticks): Fields {
  const age = (now - createdTicks) / TICKS_PER_SECOND;
  const status = age < pendingSeconds ? 'Pending' : age < endsAfterSeconds ? 'InProgress' : end;
  const changed = age < pendingSeconds ? 0n : age < endsAfterSeconds ? pendingSeconds : endsAfterSeconds;
  const isCancelled = status === 'Cancelled';
  const updated = formatTime7(createdTicks + changed * TICKS_PER_SECOND);
  return {
    ...body,
    status,
    cancellationRequestor: isCancelled ? body.requestor : null,
    cancellationComment: isCancelled ? 'No longer needed' : null,
    cancellationDateTimeUtc: isCancelled ? updated : null,
    creationDateTimeUtc: formatTime7(createdTicks),
    lastUpdateDateTimeUtc: updated,
    errorHResult: status === 'Failed' ? -2_147_023_436 : status === 'TimeOut' ? -2_147_023_636 : 0,
  };
}

/** What analysts asked in the portal before anyone looked; all of it has ended. */
function history(tenant: Tenant, startTicks: Ticks): Asked[] {
  return Array.from({ length: 12 }, (_, index) => {
    const random = createRandom(seedOf(tenant.tenantId, 'action', index));
    const machine = machineOf(tenant, random.int(0, 39));
    const type = random.pick(['RunAntiVirusScan', 'CollectInvestigationPackage', 'Isolate', 'Unisolate']);
    const scan = type === 'RunAntiVirusScan';
    const body = {
      id: guidOf(tenant.tenantId, 'action', 'history', index),
      type,
      // Older ones have fewer fields.
      ...(index % 3 === 0 ? {} : { title: null, requestSource: 'Portal', externalID: null, commands: [] }),
      scope: scan ? 'Quick' : type === 'Isolate' ? 'Full' : null,
      requestor: personOf(tenant, random.int(0, 39)).userPrincipalName,
      requestorComment: 'Asked in the portal',
      machineId: machine.mdeDeviceId,
      computerDnsName: machine.dnsName,
      relatedFileInfo: null,
    };
    const createdTicks = startTicks - BigInt(random.int(3_600, 30 * 86_400)) * TICKS_PER_SECOND;
    return {
      body,
      type,
      machineId: machine.mdeDeviceId,
      createdTicks,
      end: actionEnds[index % actionEnds.length] ?? 'Succeeded',
    };
  });
}
