import type { Incident } from '../world/incident';

/** Where the Defender API's spelling is not Graph's with a capital letter. Pairs are the two spellings Microsoft's pages use; either occurs. */
const spellings: Record<string, Readonly<Record<string, string | readonly [string, string]>>> = {
  severity: { unknown: 'UnSpecified' },
  determination: {
    unknown: 'NotAvailable',
    compromisedAccount: ['CompromisedAccount', 'CompromisedUser'],
    notMalicious: ['Clean', 'NotMalicious'],
    notEnoughDataToValidate: ['NoEnoughDataToValidate', 'InsufficientData'],
    confirmedActivity: ['ConfirmedActivity', 'ConfirmedUserActivity'],
  },
  serviceSource: {
    microsoftDefenderForEndpoint: ['MicrosoftDefenderForEndpoint', 'MicrosoftDefenderATP'],
    microsoftDefenderForOffice365: ['MicrosoftDefenderForOffice365', 'OfficeATP'],
    microsoftDefenderForCloudApps: 'MicrosoftCloudAppSecurity',
  },
  detectionSource: {
    antivirus: 'WindowsDefenderAv',
    microsoftDefenderForEndpoint: 'WindowsDefenderAtp',
    microsoftDefenderForOffice365: 'OfficeATP',
    microsoftDefenderForCloudApps: 'MCAS',
  },
};

/** One of Graph's enum members as the Defender API spells it; which of two spellings, the incident's seed decides for good.
 *  @see https://learn.microsoft.com/defender-xdr/api-list-incidents · api-update-incidents (the pages disagree) */
export function memberOf(kind: string, graphMember: string, { seed }: Pick<Incident, 'seed'>): string {
  const spelling = spellings[kind]?.[graphMember];
  if (spelling === undefined) return `${graphMember.charAt(0).toUpperCase()}${graphMember.slice(1)}`;
  if (typeof spelling === 'string') return spelling;
  return seed % 4 === 0 ? spelling[1] : spelling[0];
}
