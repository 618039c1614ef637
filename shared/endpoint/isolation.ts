import { ConflictError, NotFoundError, RequestError } from '../errors';
import { contentOf } from '../incidents/answerContent';
import { postTenant } from '../incidents/askTenant';
import type { JsonObject } from '../model/incident';
import { judged } from './askEndpoint';
import type { EndpointAccess } from './endpointAccess';
import type { MachineAction } from './fromMachineAction';
import { fromMachineAction, stateOf } from './fromMachineAction';
import { listMachineActions } from './machineActions';
import { getMachine } from './machines';

/** `Selective` leaves Outlook, Teams and Skype their connection; `UnManagedDevice` makes the others keep away from it. */
export type IsolationType = 'Full' | 'Selective' | 'UnManagedDevice';

export interface ActionOrder {
  /** 40 hex digits; no name, which might mean another machine by now. */
  readonly machineId: string;
  /** Kept by Defender beside the action, for whoever asks why. */
  readonly comment: string;
}

export interface IsolationOrder extends ActionOrder {
  /** Default `Full`. */
  readonly type?: IsolationType;
}

/** What became of an order. */
export interface OrderedAction {
  /** `alreadyUnderWay`: nothing was asked, because `action`, an isolation or a release, has not ended yet. */
  readonly outcome: 'requested' | 'alreadyUnderWay';
  readonly action: MachineAction;
}

const longestComment = 1_000;

/**
 * Cuts a machine off the network, but for Defender. Reads the machine and what is under way on it first, so it is safe to run again after
 * a failure that left open whether the order arrived. The answer says that the order was taken, not that it is carried out: ask
 * `getMachineAction` for that. Needs `Machine.Isolate` and `Machine.Read.All`; six calls at the most.
 * @throws RequestError (machine or comment unusable, operating system or sensor unfit) · NotFoundError (no such machine) · ConflictError
 * (Defender says one is under way but shows none: try again soon) · ThrottledError · ConsentError · AuthError · ContractError ·
 * UpstreamError · CallsSpent
 * @see https://learn.microsoft.com/defender-endpoint/api/isolate-machine
 */
export const isolateMachine = (access: EndpointAccess, order: IsolationOrder): Promise<OrderedAction> =>
  ask(access, order, 'isolate', { IsolationType: order.type ?? 'Full' });

/**
 * Lets a machine back onto the network, by the same rules as `isolateMachine`.
 * @see https://learn.microsoft.com/defender-endpoint/api/unisolate-machine
 */
export const releaseMachine = (access: EndpointAccess, order: ActionOrder): Promise<OrderedAction> =>
  ask(access, order, 'unisolate', {});

const ask = async (
  access: EndpointAccess,
  { machineId, comment }: ActionOrder,
  verb: 'isolate' | 'unisolate',
  more: object,
): Promise<OrderedAction> => {
  assertOrder(machineId, comment);
  const { tenantId } = access;
  const machine = await getMachine(access, machineId);
  if (machine === undefined) throw new NotFoundError('Defender for Endpoint knows no such machine', { tenantId });
  if (machine.id.toLowerCase() !== machineId.toLowerCase())
    throw new NotFoundError('Defender for Endpoint shows another machine under that id', { tenantId });
  const before = await underWay(access, machine.id);
  if (before !== undefined) return { outcome: 'alreadyUnderWay', action: before };

  // Names in this body are compared letter by letter.
  const body = { Comment: comment, ...more };
  const answer = await postTenant(access, `${access.endpoint}/api/machines/${machine.id}/${verb}`, body);
  if (answer.status === 404) throw new NotFoundError('Defender for Endpoint knows no such machine', { tenantId });
  try {
    const { content } = contentOf(judged(access, answer), 'Defender for Endpoint');
    return { outcome: 'requested', action: fromMachineAction(content as JsonObject) };
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    // Someone else was quicker: whose order it is can be told.
    const other = await underWay(access, machine.id);
    if (other === undefined) throw error;
    return { outcome: 'alreadyUnderWay', action: other };
  }
};

const isolations = new Set(['isolate', 'unisolate']);

/** An isolation or release that has not ended. By state, because a machine's list has no promised order and may be long. */
const underWay = async (access: EndpointAccess, machineId: string): Promise<MachineAction | undefined> => {
  for (const status of ['Pending', 'InProgress']) {
    const { items } = await listMachineActions(access, {
      where: [
        { field: 'machineId', value: machineId },
        { field: 'status', value: status },
      ],
    });
    const found = items.find(
      (action) =>
        isolations.has((action.type ?? '').toLowerCase()) &&
        stateOf(action) === 'underWay' &&
        action.machineId?.toLowerCase() === machineId.toLowerCase(),
    );
    if (found !== undefined) return found;
  }
  return undefined;
};

const assertOrder = (machineId: string, comment: string): void => {
  const wrong = [
    ...(/^[0-9a-f]{40}$/i.test(machineId) ? [] : [{ field: 'machineId', message: 'must be 40 hex digits' }]),
    ...(comment.trim() !== '' && comment.length <= longestComment && comment.isWellFormed()
      ? []
      : [{ field: 'comment', message: `must say why, in at most ${longestComment} characters` }]),
  ];
  if (wrong.length > 0) throw new RequestError('The machine cannot be acted on like this', wrong);
};
