import { z } from 'zod';
import { ContractError } from '../errors';
import { withoutContext } from '../incidents/withoutContext';
import type { JsonObject } from '../model/incident';
import { idText, orNone, text, time, wholeNumber } from './fields';

/** Something asked of a machine, by us or by anyone; values nobody knows pass through. */
export interface MachineAction {
  readonly id: string;
  /** `Isolate`, `Unisolate`, `RunAntiVirusScan` … */
  readonly type: string | null;
  /** `Full` or `Selective`, of an isolation. */
  readonly scope: string | null;
  /** `Pending`, `InProgress`, `Succeeded`, `Failed`, `TimeOut`, `Cancelled`. */
  readonly status: string | null;
  readonly machineId: string | null;
  readonly computerDnsName: string | null;
  /** Who asked for it: a person's name, or an application's. */
  readonly requestor: string | null;
  /** `Portal`, `PublicApi` … */
  readonly requestSource: string | null;
  readonly requestorComment: string | null;
  readonly cancellationRequestor: string | null;
  readonly cancellationComment: string | null;
  readonly cancelledAt: string | null;
  readonly createdAt: string | null;
  readonly lastUpdatedAt: string | null;
  /** Windows' own number of the failure, mostly negative; 0 or null: none. */
  readonly errorHResult: number | null;
  /** The whole as received, unknown fields kept. */
  readonly body: JsonObject;
}

const shape = z
  .object({
    id: idText,
    type: text,
    scope: orNone,
    status: text,
    machineId: orNone,
    computerDnsName: text,
    requestor: text,
    requestSource: text,
    requestorComment: text,
    cancellationRequestor: text,
    cancellationComment: text,
    cancellationDateTimeUtc: time,
    creationDateTimeUtc: time,
    lastUpdateDateTimeUtc: time,
    // The list's own sample spells it so.
    lastUpdateTimeUtc: time,
    errorHResult: wholeNumber,
  })
  .transform(
    ({ cancellationDateTimeUtc, creationDateTimeUtc, lastUpdateDateTimeUtc, lastUpdateTimeUtc, ...fields }) => ({
      ...fields,
      cancelledAt: cancellationDateTimeUtc,
      createdAt: creationDateTimeUtc,
      lastUpdatedAt: lastUpdateDateTimeUtc ?? lastUpdateTimeUtc,
    }),
  );

/** @throws ContractError where the id cannot be read · @see https://learn.microsoft.com/defender-endpoint/api/machineaction */
export const fromMachineAction = (row: JsonObject): MachineAction => {
  const parsed = shape.safeParse(row);
  if (!parsed.success) throw new ContractError("a machine action's id cannot be read");
  return { ...parsed.data, body: withoutContext(row) };
};

/** How far an action is; `unknown`: a state nobody knows, about which only its maker can tell. */
export type ActionState = 'underWay' | 'succeeded' | 'failed' | 'cancelled' | 'unknown';

const states: Readonly<Record<string, ActionState>> = {
  pending: 'underWay',
  inprogress: 'underWay',
  succeeded: 'succeeded',
  failed: 'failed',
  timeout: 'failed',
  cancelled: 'cancelled',
  canceled: 'cancelled',
};

export const stateOf = ({ status }: Pick<MachineAction, 'status'>): ActionState => {
  const known = (status ?? '').toLowerCase();
  return (Object.hasOwn(states, known) ? states[known] : undefined) ?? 'unknown';
};
