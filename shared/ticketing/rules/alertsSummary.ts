import type { JsonObject } from '../../model/incident';
import { listOf, textOf } from './paths';
import { oneLine } from '../../model/plainText';

const maxLines = 30;

/** An incident's alerts, a line each and equal ones once: `- Suspicious sign-in (high, microsoftDefenderForIdentity) ×3`. */
export const alertsSummary = (body: JsonObject): string => {
  const counts = new Map<string, number>();
  for (const alert of listOf(body.alerts)) {
    const traits = [textOf(alert, 'severity'), textOf(alert, 'serviceSource')].filter((trait) => trait !== undefined);
    const title = oneLine(textOf(alert, 'title') ?? '', 300);
    if (title === '' && traits.length === 0) continue;
    const about = traits.length === 0 ? '' : ` (${traits.map((trait) => oneLine(trait, 60)).join(', ')})`;
    const line = `- ${title === '' ? 'Alert' : title}${about}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  const lines = [...counts].map(([line, count]) => (count === 1 ? line : `${line} ×${count}`));
  const left = lines.length - maxLines;
  return [...lines.slice(0, maxLines), ...(left > 0 ? [`- and ${left} more`] : [])].join('\n');
};
