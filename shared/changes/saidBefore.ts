import type { ObservedIncident } from '../model/incident';
import type { Link } from '../model/link';
import { writeIdsIn } from '../model/marker';
import type { IncidentWriter } from '../ports';
import { rememberedComments } from '../ticketing/rules/rememberedComments';
import { isTagged, tagOf } from '../ticketing/rules/writeId';
import type { PendingChange } from './pendingChange';

/** The write ids of all comments of ours that an incident shows. */
export const shownWriteIds = ({ body }: ObservedIncident): readonly string[] =>
  (Array.isArray(body.comments) ? body.comments : []).flatMap((each: unknown) => {
    const text = typeof each === 'object' && each !== null && 'comment' in each ? each.comment : undefined;
    return typeof text === 'string' ? writeIdsIn(text) : [];
  });

/**
 * The link, remembering what stands in incidents that were merged away: the answer to such a comment may have been lost, and it is not said
 * again in the one they went into.
 * @param path as `pathToLive` gives it
 * @param before the earlier try, whose incident is on no path once its ticket is the survivor's
 */
export const withSaidBefore = async (
  link: Link,
  writer: Pick<IncidentWriter, 'get'>,
  path: readonly ObservedIncident[],
  before: PendingChange | undefined,
): Promise<Link> => {
  const isOnPath = path.some(({ header }) => header.incidentId === before?.liveIncidentId);
  const tried = before === undefined || isOnPath ? undefined : await writer.get(before.liveIncidentId);
  const merged = [...path.slice(0, -1), ...(tried === undefined ? [] : [tried])];
  const tag = tagOf('toDefender', link.targetId);
  const said = merged.flatMap(shownWriteIds).filter((id) => isTagged(id, tag) && !link.comments.includes(id));
  return said.length === 0 ? link : { ...link, comments: rememberedComments(link.comments, said, link.targetId) };
};
