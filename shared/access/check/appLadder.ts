import type { Config } from '../../config';
import { endpointsIn } from '../../config';
import type { RegistrationName } from '../../model/registration';
import type { Tenant } from '../../model/tenant';
import type { CallPermits, Clock, Send, TokenProvider } from '../../ports';
import { scopeOf } from '../links';
import type { Api } from '../permissions';
import { needsOf } from '../permissions';
import { registrationIn } from '../registrationIn';
import { explain } from './explain';
import type { Ladder } from './ladder';
import type { Finding } from './step';

export interface AppLadderDeps {
  readonly config: Pick<Config, 'home' | 'credential' | 'registrations' | 'endpoints'>;
  /** Asked anew each time: nothing a run holds may hide what is true now. */
  readonly freshTokens: Pick<TokenProvider, 'getToken'>;
  readonly send: Send;
  readonly clock: Clock;
}

/** The app, or the tenant's own application, in one tenant: by one of its registrations to one API. */
export const appLadder = (
  { config, freshTokens, send, clock }: AppLadderDeps,
  tenant: Tenant,
  { registration: name, api }: { readonly registration: RegistrationName; readonly api: Api },
  permits: CallPermits,
): Ladder => {
  const registration = { ...registrationIn(config, tenant, name), api };
  const endpoints = endpointsIn(config, tenant.cloud);
  const isStranger = tenant.cloud !== config.home.cloud && tenant.credential === undefined;
  return {
    tenant,
    api,
    kind: 'application',
    endpoint: { graph: endpoints.graph, mtp: endpoints.defender, mde: endpoints.mde }[api],
    wanted: needsOf(name, api),
    send,
    permits,
    clock,
    getToken: () => freshTokens.getToken(tenant, name, scopeOf(tenant.cloud, api) ?? ''),
    ...(isStranger ? { obstacle: otherCloud(tenant.cloud) } : {}),
    explain: (error, permission) =>
      explain(error, tenant.tenantId, { ...registration, ...(permission === undefined ? {} : { permission }) }),
  };
};

const otherCloud = (cloud: string): Finding => ({
  code: null,
  reason: 'registrationMissing',
  raw: null,
  cause: `The relay's registrations do not exist in the cloud ${cloud}.`,
  cure: 'Put this tenant again with a credential of its own, of kind secret or certificate: applications never cross clouds.',
  link: null,
});
