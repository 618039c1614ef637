import { isUpTo } from './severity';
import { isResolved } from './status';
import type { InboundInput } from './inboundPlan';

/** Why a connection may not bring about a change by itself; undefined: it may. */
export const hindrance = (
  { connection, writeBack, isWeak, link, live }: InboundInput,
  status?: { readonly from: string | null; readonly to: string | null },
): string | undefined => {
  if (link.storm !== null) return 'the ticket is that of a storm';
  if (isWeak) return 'its sender proves itself by a shared header alone';
  if (!writeBack) return 'writing back is switched off for this tenant';
  if (status === undefined) return undefined;
  const { closes, reopens } = connection.inbound;
  if (isResolved(status.to) && !isUpTo(live.header.severity, closes.upTo))
    return closes.upTo === 'none'
      ? 'this connection closes no incidents'
      : `this connection closes incidents up to severity ${closes.upTo}`;
  if (isResolved(status.from) && !isResolved(status.to) && !reopens) return 'this connection re-opens no incidents';
  return undefined;
};

/** What becomes of what a connection may not do. A storm's ticket always proposes. */
export const proposes = ({ connection, link }: InboundInput): boolean =>
  link.storm !== null || connection.inbound.closes.else === 'propose';
