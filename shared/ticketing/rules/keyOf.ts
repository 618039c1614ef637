/** What a ticket carries so that it is found again: `<tenantId>:<incidentId>`, and `:2`, `:3` … for later openings. */
export const keyOf = (tenantId: string, incidentId: string, generation = 1): string =>
  generation <= 1 ? `${tenantId}:${incidentId}` : `${tenantId}:${incidentId}:${generation}`;
