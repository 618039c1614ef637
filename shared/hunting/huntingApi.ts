/** Where a hunt runs: Graph's security API · Microsoft Threat Protection · Defender for Endpoint. */
export type HuntingApi = 'graph' | 'defender' | 'mde';
