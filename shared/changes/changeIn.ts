import type { ObservedIncident } from '../model/incident';
import type { IncidentUpdate } from '../ports';
import type { AuditRecord } from '../store/audit';

/** From what to what, by field. */
export const changeIn = (update: IncidentUpdate, { header, body }: ObservedIncident): AuditRecord['change'] => {
  const now: Readonly<Record<string, unknown>> = { ...header, customTags: body.customTags };
  return Object.fromEntries(
    Object.entries(update)
      .filter(([, to]) => to !== undefined)
      .map(([field, to]) => [field, { from: textOf(now[field]), to: textOf(to) }]),
  );
};

const textOf = (value: unknown): string | null => {
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? null : JSON.stringify(value);
};
