import type { JsonObject } from '../../model/incident';
import { listOf, textOf, valuesAt } from './paths';
import { oneLine } from '../../model/plainText';

/** Where each kind of evidence keeps the name people know it by. */
const kinds: readonly (readonly [string, readonly (readonly string[])[]])[] = [
  ['Devices', [['deviceDnsName'], ['hostName']]],
  ['Accounts', [['userAccount', 'userPrincipalName'], ['userAccount', 'accountName'], ['primaryAddress']]],
  ['Addresses', [['ipAddress']]],
  ['Links', [['url']]],
  [
    'Files',
    [
      ['fileDetails', 'fileName'],
      ['imageFile', 'fileName'],
    ],
  ],
];

const maxNames = 20;

/** Who and what an incident is about, a line a kind: `Devices: pc-1, pc-2`. Empty where its alerts name nobody. */
export const entitiesOf = (body: JsonObject): string =>
  kinds
    .map(([kind, paths]) => ({ kind, names: namesOf(body, paths) }))
    .filter(({ names }) => names.length > 0)
    .map(({ kind, names }) => {
      const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : '';
      return `${kind}: ${names.slice(0, maxNames).join(', ')}${more}`;
    })
    .join('\n');

const namesOf = (body: JsonObject, paths: readonly (readonly string[])[]): readonly string[] => {
  const evidence = listOf(body.alerts).flatMap((alert) => valuesAt(alert, ['evidence']));
  const names = evidence.map((item) => {
    for (const path of paths) {
      const name = textOf(valuesAt(item, path.slice(0, -1))[0], path.at(-1) ?? '');
      if (name !== undefined) return oneLine(name, 200);
    }
    return '';
  });
  return [...new Set(names.filter((name) => name !== ''))].sort();
};
