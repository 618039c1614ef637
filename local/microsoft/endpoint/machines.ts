import { parseTime7, formatTimeTrimmed, TICKS_PER_SECOND } from '../world/time7';
import type { World } from '../world/createWorld';
import type { Tenant } from '../world/incident';
import type { Machine } from '../world/people';
import { machinesOf } from '../world/people';
import { createRandom, seedOf } from '../world/random';

export type Fields = Readonly<Record<string, unknown>>;

const day = 86_400;

/** The machines of a tenant in the shape of Defender for Endpoint: those its incidents name, and no other.
 *  @see https://learn.microsoft.com/defender-endpoint/api/machine */
export function endpointMachines(world: World, tenant: Tenant): Fields[] {
  if (!world.hasDefender(tenant)) return [];
  const now = parseTime7(world.now) ?? 0n;
  return machinesOf(tenant).map((machine) => toMachine(machine, now));
}

function toMachine(machine: Machine, now: bigint): Fields {
  const random = createRandom(seedOf(machine.mdeDeviceId, 'endpoint'));
  const ago = (from: number, to: number): string =>
    formatTimeTrimmed(now - BigInt(random.int(from, to)) * TICKS_PER_SECOND - BigInt(random.int(0, 9_999_999)));
  const rbacGroupId = random.int(10, 90);
  const address = `192.0.2.${random.int(1, 254)}`;
  return {
    id: machine.mdeDeviceId,
    computerDnsName: machine.dnsName,
    firstSeen: ago(40 * day, 400 * day),
    lastSeen: ago(60, 9 * day),
    osPlatform: machine.osPlatform,
    onboardingStatus: 'onboarded',
    osProcessor: 'x64',
    osArchitecture: '64-bit',
    version: machine.version,
    // Seen as number, as text and as null.
    osBuild: machine.osBuild !== null && random.chance(0.1) ? String(machine.osBuild) : machine.osBuild,
    lastIpAddress: address,
    lastExternalIpAddress: `203.0.113.${random.int(1, 254)}`,
    healthStatus: random.weighted([
      ['Active', 8],
      ['Inactive', 2],
      ['ImpairedCommunication', 1],
      ['NoSensorData', 1],
    ]),
    rbacGroupId: random.weighted<unknown>([
      [rbacGroupId, 7],
      [null, 2],
      [String(rbacGroupId), 1],
    ]),
    rbacGroupName: random.chance(0.7) ? 'Workstations' : null,
    riskScore: random.pick(['None', 'Informational', 'Low', 'Medium', 'High']),
    exposureLevel: random.pick(['None', 'Low', 'Medium', 'High']),
    deviceValue: random.weighted([
      ['Normal', 8],
      ['Low', 1],
      ['High', 1],
    ]),
    isAadJoined: machine.azureAdDeviceId !== null,
    aadDeviceId: machine.azureAdDeviceId,
    machineTags: random.chance(0.3) ? [random.pick(['production', "O'Hara's desk", 'vip'])] : [],
    ipAddresses: [{ ipAddress: address, macAddress: random.hex(12).toUpperCase(), operationalStatus: 'Up' }],
  };
}
