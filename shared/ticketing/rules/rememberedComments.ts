import { isTagged, tagOf } from './writeId';

/** 200 in all; of those into the ticket more than are ever looked at again. */
const maxOutward = 120;
const maxInward = 80;

/** What a link remembers after more comments have crossed: the newest of each direction. */
export const rememberedComments = (
  before: readonly string[],
  added: readonly string[],
  targetId: string,
): readonly string[] => {
  const all = [...before.filter((id) => !added.includes(id)), ...added];
  const tag = tagOf('toDefender', targetId);
  const inward = new Set(all.filter((id) => isTagged(id, tag)).slice(-maxInward));
  const outward = new Set(all.filter((id) => !isTagged(id, tag)).slice(-maxOutward));
  return all.filter((id) => inward.has(id) || outward.has(id));
};
