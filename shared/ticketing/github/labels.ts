import { createHash } from 'node:crypto';
import type { TicketContent, TicketStatus } from '../../model/ticket';
import { oneLine } from '../../model/plainText';

/** On every issue of ours. */
export const ourLabel = 'xdr-relay';
const prefix = 'xdr-';
const statusLabels: Readonly<Partial<Record<TicketStatus, string>>> = {
  inProgress: `${prefix}status-in-progress`,
  waiting: `${prefix}status-waiting`,
};
const maxLabel = 50;
/** GitHub takes 100 on an issue. */
const maxTags = 30;

/**
 * Issues are found again by it: lists by label are up to date where searches are not. One of 4,096, so that a repository does not fill with
 * labels of one issue each; whose key it really is stands in the text.
 */
export const keyLabel = (key: string): string =>
  `${prefix}key-${createHash('sha256').update(key).digest('hex').slice(0, 3)}`;

/** What GitHub has no field for. The parts that are undefined are left as the issue has them. */
export const labelsOf = (
  now: readonly string[],
  wanted: Partial<Pick<TicketContent, 'severity' | 'toolSeverity' | 'status' | 'tags'>>,
): readonly string[] => {
  const { severity, toolSeverity, status, tags } = wanted;
  const kept = now.filter(
    (label) =>
      !(severity !== undefined && label.startsWith(`${prefix}severity-`)) &&
      !(status !== undefined && label.startsWith(`${prefix}status-`)) &&
      !(tags !== undefined && label.startsWith(`${prefix}tag-`)),
  );
  const statusLabel = status === undefined ? undefined : statusLabels[status];
  return [
    ...new Set([
      ...kept,
      ...(severity === undefined ? [] : [toLabel(`${prefix}severity-${toolSeverity ?? severity}`)]),
      ...(statusLabel === undefined ? [] : [statusLabel]),
      ...(tags ?? []).slice(0, maxTags).map((tag) => toLabel(`${prefix}tag-${tag}`)),
    ]),
  ];
};

/** GitHub keeps labels apart by comma and knows no line ends in them. */
export const toLabel = (text: string): string => oneLine(text.replaceAll(',', ' '), maxLabel, ourLabel);

/** The state an open issue's labels say, and the label that says it. */
export const statusOfLabels = (
  labels: readonly string[],
): { readonly status: TicketStatus; readonly label: string } | undefined => {
  for (const status of ['waiting', 'inProgress'] as const) {
    const label = statusLabels[status];
    if (label !== undefined && labels.includes(label)) return { status, label };
  }
  return undefined;
};
