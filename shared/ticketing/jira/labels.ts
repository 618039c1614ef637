import { createHash } from 'node:crypto';
import { plainText } from '../../model/plainText';

/** Issues of ours are told from all others by it. */
export const ourLabel = 'xdr-relay';

/** A label may not hold every sign of a key, so it is derived; the key itself is in the property. */
export const keyLabel = (key: string): string => `xdr-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;

const tagPrefix = 'defender-';
const maxTag = 200;

/** Labels take no spaces. */
export const tagLabel = (tag: string): string =>
  `${tagPrefix}${plainText(tag, maxTag)
    .trim()
    .replace(/[\s"\\]+/g, '-')}`;

export const tagLabels = (tags: readonly string[]): readonly string[] => [...new Set(tags.map(tagLabel))];

/** Adds and takes away only labels of ours, so that nobody's own label is lost. */
export const labelChanges = (
  now: readonly string[],
  tags: readonly string[],
): readonly Readonly<Record<'add', string> | Record<'remove', string>>[] => {
  const wanted = tagLabels(tags);
  return [
    ...wanted.filter((label) => !now.includes(label)).map((add) => ({ add })),
    ...now.filter((label) => label.startsWith(tagPrefix) && !wanted.includes(label)).map((remove) => ({ remove })),
  ];
};
