import type { Tenant } from './incident';
import type { Random } from './random';
import { createRandom, seedOf } from './random';

export interface Person {
  displayName: string;
  accountName: string;
  userPrincipalName: string;
  oid: string;
  sid: string;
}

export interface Machine {
  dnsName: string;
  mdeDeviceId: string;
  azureAdDeviceId: string | null;
  osPlatform: string;
  osBuild: number | null;
  version: string;
}

const givenNames =
  `Adele Alex Amina Björn Chiara Diego Emily Fatima Grady Henrietta Isaiah Joni Kenji Lidia Lynne Megan Miriam Nestor Patti Pradeep Renée Søren Yūko Łukasz`.split(
    ' ',
  );
const familyNames =
  `Vance Wilber Okafor Bouchard Fernandez Archie Mueller Langer Sherman Holloway Rinaldi Tanaka Graham Bowen Wilke Gupta Kowalska Petrov Lindqvist O'Brien Dubois Haddad Nowak Silva`.split(
    ' ',
  );
const platforms = [
  ['Windows11', 26100, '24H2'],
  ['Windows11', 22631, '23H2'],
  ['Windows10', 19045, '22H2'],
  ['WindowsServer2022', 20348, '21H2'],
  ['Ubuntu', null, '22.4'],
  ['macOS', null, '15.1'],
] as const;

/** How many people and machines a tenant has; the same few turn up in many incidents. */
const staff = 40;

/** The `index`-th person of a tenant, wrapping around; always the same one. */
export function personOf(tenant: Tenant, index: number): Person {
  const random = createRandom(seedOf(tenant.tenantId, 'person', index % staff));
  const given = pickName(givenNames, random);
  const family = pickName(familyNames, random);
  const accountName = `${given}.${family}`
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z.]/g, '');
  return {
    displayName: `${given} ${family}`,
    accountName,
    userPrincipalName: `${accountName}@${tenant.domain}`,
    oid: random.guid(),
    sid: `S-1-5-21-${random.int(1e8, 4e9)}-${random.int(1e8, 4e9)}-${random.int(1e8, 4e9)}-${1100 + (index % staff)}`,
  };
}

/** The `index`-th machine of a tenant, wrapping around; always the same one. */
export function machineOf(tenant: Tenant, index: number): Machine {
  const random = createRandom(seedOf(tenant.tenantId, 'machine', index % staff));
  const [osPlatform, osBuild, version] = random.pick(platforms);
  const kind = osPlatform === 'WindowsServer2022' || osPlatform === 'Ubuntu' ? 'srv' : 'wks';
  return {
    dnsName: `${kind}-${String(100 + (index % staff))}.${tenant.domain.replace('.onmicrosoft.com', '.example')}`,
    mdeDeviceId: random.hex(40),
    azureAdDeviceId: random.chance(0.8) ? random.guid() : null,
    osPlatform,
    osBuild,
    version,
  };
}

/** Every machine of a tenant, and so every one its incidents can name. */
export function machinesOf(tenant: Tenant): Machine[] {
  return Array.from({ length: staff }, (_, index) => machineOf(tenant, index));
}

function pickName(names: readonly string[], random: Random): string {
  return names[random.int(0, names.length - 1)] ?? 'Alex';
}
