type Fields = Readonly<Record<string, unknown>>;

/** A `deviceEvidence` of Graph's as the Defender API shows the device.
 *  @see https://learn.microsoft.com/defender-xdr/api-list-incidents */
export function toDevice(evidence: Fields): Fields {
  return {
    mdatpDeviceId: evidence.mdeDeviceId,
    aadDeviceId: evidence.azureAdDeviceId,
    deviceDnsName: evidence.deviceDnsName,
    osPlatform: evidence.osPlatform,
    version: evidence.version,
    osProcessor: 'x64',
    osBuild: evidence.osBuild,
    healthStatus: capital(evidence.healthStatus),
    riskScore: capital(evidence.riskScore),
    rbacGroupName: evidence.rbacGroupName,
    rbacGroupId: evidence.rbacGroupId,
    firstSeen: evidence.firstSeenDateTime,
    tags: evidence.tags,
    defenderAvStatus: capital(evidence.defenderAvStatus),
    onboardingStatus: capital(evidence.onboardingStatus),
    vmMetadata: evidence.vmMetadata,
  };
}

function capital(value: unknown): unknown {
  return typeof value === 'string' ? `${value.charAt(0).toUpperCase()}${value.slice(1)}` : value;
}
