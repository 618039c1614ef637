import { randomBytes, randomInt } from 'node:crypto';
import type { Clock, Ticks } from '../world/time7';
import { TICKS_PER_SECOND } from '../world/time7';
import type { Tenant } from '../world/incident';
import type { Registration } from './registrations';
import type { AskedScopes } from './askedScopes';
import type { SignIn } from './signIns';

/** A device that waits for its user to sign in elsewhere. */
export interface DeviceRequest {
  readonly deviceCode: string;
  /** What the user types. */
  readonly userCode: string;
  readonly client: Registration;
  /** Undefined: the tenant of whoever signs in. */
  readonly tenant: Tenant | undefined;
  readonly asked: AskedScopes;
  readonly intervalSeconds: number;
  readonly until: Ticks;
  state: 'pending' | 'declined' | 'redeemed' | { readonly signIn: SignIn; readonly tenant: Tenant };
  lastPoll: Ticks | undefined;
}

export interface DeviceCodes {
  begin(request: Pick<DeviceRequest, 'client' | 'tenant' | 'asked' | 'intervalSeconds'>): DeviceRequest;
  byDeviceCode(deviceCode: string): DeviceRequest | undefined;
  /** However it was typed; undefined for one that nobody waits for any more. */
  byUserCode(typed: string): DeviceRequest | undefined;
}

export const deviceCodeLifeSeconds = 900;

/** Without those easily taken for another. */
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const mostKept = 5_000;

export function createDeviceCodes(clock: Clock): DeviceCodes {
  const requests = new Map<string, DeviceRequest>();
  return {
    begin: (request) => {
      const begun: DeviceRequest = {
        ...request,
        deviceCode: randomBytes(96).toString('base64url'),
        userCode: Array.from({ length: 9 }, () => alphabet.charAt(randomInt(alphabet.length))).join(''),
        until: clock() + BigInt(deviceCodeLifeSeconds) * TICKS_PER_SECOND,
        state: 'pending',
        lastPoll: undefined,
      };
      requests.set(begun.deviceCode, begun);
      const [oldest] = requests.keys();
      if (requests.size > mostKept && oldest !== undefined) requests.delete(oldest);
      return begun;
    },
    byDeviceCode: (deviceCode) => requests.get(deviceCode),
    byUserCode: (typed) => {
      const wanted = typed.replace(/[\s-]/g, '').toUpperCase();
      return [...requests.values()].find(
        ({ userCode, state, until }) => userCode === wanted && state === 'pending' && until > clock(),
      );
    },
  };
}
