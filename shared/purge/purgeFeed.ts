import type { Time7 } from '../model/time7';
import type { Table } from '../ports';
import { text } from '../store/columns';
import { deleteRows } from '../store/deleteRows';
import { feedPartition } from '../store/feed';
import { feedRowsBefore, incidentRowKey, nibbles } from '../store/keys';
import type { Purged } from './purgeIncidents';

/** Of a partition and day; those of incidents that are kept are looked at again the next day. */
const maxHints = 1_000;
const sideBySide = 32;

/** Drops hints of incidents last updated before `before` that point nowhere, such as those a purge left that broke off. */
export const purgeFeed = async (index: Table, incidents: Table, before: Time7): Promise<Purged> => {
  const parts: Purged[] = [];
  for (const nibble of nibbles) parts.push(await purgePartition(index, incidents, feedPartition(nibble), before));
  return { rows: parts.reduce((sum, { rows }) => sum + rows, 0), whole: parts.every(({ whole }) => whole) };
};

const purgePartition = async (index: Table, incidents: Table, partition: string, before: Time7): Promise<Purged> => {
  const query = {
    partition,
    rowFrom: feedRowsBefore(before),
    select: ['tenantId', 'incidentId', 'version'],
    pageSize: maxHints,
  };
  for await (const page of index.pages(query)) {
    const dangling: (typeof page)[number][] = [];
    for (let start = 0; start < page.length; start += sideBySide) {
      const some = page.slice(start, start + sideBySide);
      const found = await Promise.all(
        some.map(({ row }) =>
          incidents.get(text(row, 'tenantId') ?? '', incidentRowKey(text(row, 'incidentId') ?? ''), ['version']),
        ),
      );
      dangling.push(...some.filter(({ row }, at) => found[at]?.row.version !== row.version));
    }
    await deleteRows(index, dangling);
    return { rows: dangling.length, whole: page.length < maxHints };
  }
  return { rows: 0, whole: true };
};
