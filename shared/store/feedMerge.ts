import type { RowQuery } from '../ports';
import type { Feed, FeedHint } from './feed';

export interface MergeQuery {
  /** The feed partitions to merge. */
  readonly nibbles: readonly string[];
  /** A key of the feed; hints after it, in any partition. */
  readonly after: string | undefined;
  readonly where: NonNullable<RowQuery['where']>;
  /** How many hints the reader means to take: sets the first read, which later ones double. */
  readonly expected: number;
}

interface Lane {
  readonly nibble: string;
  hints: readonly FeedHint[];
  next: number;
  last: string | undefined;
  ended: boolean;
}

const smallestRead = 8;
const largestRead = 1000;
/** Hints of all partitions together that may lie read and not yet taken: a reader often stops early. */
const mostAhead = 4000;

/** The hints of several partitions as one list, newest update first. Each partition is read only as far as the merge needs. */
export async function* mergedHints(
  feed: Pick<Feed, 'pages'>,
  { nibbles, after, where, expected }: MergeQuery,
): AsyncGenerator<FeedHint, undefined> {
  const lanes = nibbles.map((nibble): Lane => ({ nibble, hints: [], next: 0, last: after, ended: false }));
  const partOf = (hintsOfAll: number): number => Math.ceil(hintsOfAll / Math.max(1, lanes.length));
  const mostRead = Math.min(largestRead, partOf(mostAhead));
  let readSize = Math.min(mostRead, Math.max(smallestRead, partOf(expected * 2)));
  for (;;) {
    const dry = lanes.filter((lane) => lane.next >= lane.hints.length && !lane.ended);
    const size = readSize;
    await Promise.all(dry.map((lane) => refill(feed, lane, where, size)));
    if (dry.length > 0) readSize = Math.min(mostRead, readSize * 2);
    const lane = newestOf(lanes);
    const hint = lane?.hints[lane.next];
    if (lane === undefined || hint === undefined) return undefined;
    lane.next += 1;
    yield hint;
  }
}

/** An empty page is no end: the service may answer one, with more to come, where conditions leave much out. */
const refill = async (
  feed: Pick<Feed, 'pages'>,
  lane: Lane,
  where: MergeQuery['where'],
  size: number,
): Promise<void> => {
  lane.hints = [];
  lane.next = 0;
  for await (const page of feed.pages(lane.nibble, lane.last, where, size)) {
    if (page.length === 0) continue;
    lane.hints = page;
    lane.last = page.at(-1)?.rowKey;
    return;
  }
  lane.ended = true;
};

const newestOf = (lanes: readonly Lane[]): Lane | undefined => {
  let newest: Lane | undefined;
  let newestKey: string | undefined;
  for (const lane of lanes) {
    const key = lane.hints[lane.next]?.rowKey;
    if (key !== undefined && (newestKey === undefined || key < newestKey)) [newest, newestKey] = [lane, key];
  }
  return newest;
};
