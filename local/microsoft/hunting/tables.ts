import { endpointMachines } from '../endpoint/machines';
import type { CloudState } from '../state';
import { buildAlert } from '../world/alerts';
import type { Tenant } from '../world/incident';

export type Row = Readonly<Record<string, unknown>>;

export interface Table {
  /** Names and Kusto types, in order. */
  columns: readonly (readonly [string, string])[];
  /** Newest first. */
  rows: (state: CloudState, tenant: Tenant) => Row[];
}

/** The few tables that can be hunted in here, grown from the same world the other APIs show.
 *  @see https://learn.microsoft.com/defender-xdr/advanced-hunting-schema-tables */
export const tables: Readonly<Record<string, Table>> = {
  AlertInfo: {
    columns: [
      ['Timestamp', 'DateTime'],
      ['AlertId', 'String'],
      ['Title', 'String'],
      ['Category', 'String'],
      ['Severity', 'String'],
      ['ServiceSource', 'String'],
      ['DetectionSource', 'String'],
      ['AttackTechniques', 'String'],
    ],
    rows: (state, tenant) =>
      state.world
        .incidentsOf(tenant)
        .byCreation.flatMap((incident) =>
          incident.alerts.map((seed) => {
            const alert = buildAlert(tenant, incident, seed, true);
            return {
              Timestamp: alert.createdDateTime,
              AlertId: alert.id,
              Title: alert.title,
              Category: alert.category,
              Severity: capital(String(alert.severity)),
              ServiceSource: alert.productName,
              DetectionSource: capital(String(alert.detectionSource)),
              AttackTechniques: JSON.stringify(alert.mitreTechniques),
            };
          }),
        )
        .reverse(),
  },
  DeviceInfo: {
    columns: [
      ['Timestamp', 'DateTime'],
      ['DeviceId', 'String'],
      ['DeviceName', 'String'],
      ['PublicIP', 'String'],
      ['OSPlatform', 'String'],
      ['OSBuild', 'Int64'],
      ['OSVersion', 'String'],
      ['IsAzureADJoined', 'SByte'],
      ['MachineGroup', 'String'],
      ['OnboardingStatus', 'String'],
    ],
    rows: (state, tenant) =>
      endpointMachines(state.world, tenant).map((machine) => ({
        Timestamp: machine.lastSeen,
        DeviceId: machine.id,
        DeviceName: machine.computerDnsName,
        PublicIP: machine.lastExternalIpAddress,
        OSPlatform: machine.osPlatform,
        OSBuild: machine.osBuild === null ? null : Number(machine.osBuild),
        OSVersion: machine.version,
        IsAzureADJoined: machine.isAadJoined === true ? 1 : 0,
        MachineGroup: machine.rbacGroupName ?? '',
        OnboardingStatus: 'Onboarded',
      })),
  },
};

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
