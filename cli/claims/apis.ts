import { scopeOf } from '../../shared/access/links';
import type { Api } from '../../shared/access/permissions';
import type { CloudName } from '../../shared/model/tenant';
import { Failure } from '../failure';

/** Names people know the APIs by. Microsoft 365 Defender is today's name of what tenants still show as Microsoft Threat Protection. */
export const apiChoices = ['graph', 'm365d', 'mtp', 'mde'] as const;
export type ApiChoice = (typeof apiChoices)[number];

export const apiOfChoice = (choice: ApiChoice): Api => (choice === 'm365d' ? 'mtp' : choice);

export const apiTitles: Readonly<Record<ApiChoice, string>> = {
  graph: 'Microsoft Graph security API',
  m365d: 'Microsoft 365 Defender API',
  mtp: 'Microsoft Threat Protection',
  mde: 'Defender for Endpoint API',
};

/** `<resource>/.default` in that cloud. @throws Failure where the cloud has no such API */
export const scopeOfChoice = (choice: ApiChoice, cloud: CloudName): string => {
  const scope = scopeOf(cloud, apiOfChoice(choice));
  if (scope !== null) return scope;
  throw new Failure(`The cloud ${cloud} has no ${apiTitles[choice]}.`, {
    code: 'ERR_REQUEST',
    cure: 'Microsoft does not offer it there; see docs/contexts.md.',
  });
};
