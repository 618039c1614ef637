import type { Blobs, Log } from '../ports';
import type { Inbox } from '../store/inbox';

export interface PurgeInboxDeps {
  readonly inbox: Pick<Inbox, 'purge'>;
  readonly received: Pick<Blobs, 'delete'>;
  readonly log: Log;
}

const sideBySide = 16;

/** Deletes what webhooks brought before `before` (ISO 8601 UTC): first the rows, since a row must not point nowhere. @returns rows deleted */
export const purgeInbox = async (
  { inbox, received, log }: PurgeInboxDeps,
  before: string,
): Promise<{ readonly rows: number }> => {
  const { rows, blobs, undone } = await inbox.purge(before);
  for (let start = 0; start < blobs.length; start += sideBySide)
    await Promise.all(blobs.slice(start, start + sideBySide).map((name) => received.delete(name)));
  if (undone > 0) log.error('webhooks were never taken in and are deleted now', { count: undone });
  return { rows };
};
