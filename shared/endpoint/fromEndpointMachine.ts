import { z } from 'zod';
import { ContractError } from '../errors';
import type { JsonObject } from '../model/incident';
import { withoutContext } from '../incidents/withoutContext';
import { idText, orNone, text, textOrNumber, texts, time, truth } from './fields';

/** A machine as Defender for Endpoint shows it; values nobody knows pass through. */
export interface Machine {
  /** 40 hex digits: `mdeDeviceId` of an incident's evidence. */
  readonly id: string;
  readonly computerDnsName: string | null;
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  readonly osPlatform: string | null;
  readonly version: string | null;
  /** A number in most answers, a text in some. */
  readonly osBuild: string | null;
  readonly onboardingStatus: string | null;
  readonly healthStatus: string | null;
  /** Null for `None`, too. */
  readonly riskScore: string | null;
  readonly exposureLevel: string | null;
  readonly deviceValue: string | null;
  readonly rbacGroupId: string | null;
  readonly rbacGroupName: string | null;
  readonly lastIpAddress: string | null;
  readonly lastExternalIpAddress: string | null;
  readonly aadDeviceId: string | null;
  readonly isAadJoined: boolean | null;
  readonly machineTags: readonly string[];
  /** The whole as received, unknown fields kept. */
  readonly body: JsonObject;
}

const shape = z.object({
  id: idText,
  computerDnsName: text,
  firstSeen: time,
  lastSeen: time,
  osPlatform: text,
  version: text,
  osBuild: textOrNumber,
  onboardingStatus: text,
  healthStatus: text,
  riskScore: orNone,
  exposureLevel: orNone,
  deviceValue: text,
  rbacGroupId: textOrNumber,
  rbacGroupName: text,
  lastIpAddress: text,
  lastExternalIpAddress: text,
  aadDeviceId: orNone,
  isAadJoined: truth,
  machineTags: texts,
});

/** @throws ContractError where the id cannot be read · @see https://learn.microsoft.com/defender-endpoint/api/machine */
export const fromEndpointMachine = (row: JsonObject): Machine => {
  const parsed = shape.safeParse(row);
  if (!parsed.success) throw new ContractError("a machine's id cannot be read");
  return { ...parsed.data, body: withoutContext(row) };
};
