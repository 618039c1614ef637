import { permissionText, needsOf, apiOf } from '../access/permissions';
import { registrationIn } from '../access/registrationIn';
import type { Config } from '../config';
import { endpointsIn } from '../config';
import { writerFor } from '../incidents/writerFor';
import type { Clock, Send, Table, TokenProvider } from '../ports';
import type { HeardWaits } from '../sync/limits/heardWaits';
import type { WritingDeps } from './openWriter';
import { createWritePermits } from './writePermits';

export interface WritingOptions {
  readonly config: Pick<Config, 'home' | 'credential' | 'registrations' | 'endpoints'>;
  readonly incidents: Table;
  readonly send: Send;
  readonly tokens: TokenProvider;
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<unknown>;
  readonly waits: HeardWaits;
}

/** What changes to incidents are made with, one a process: what is left of a block of calls is kept in it. */
export const createWriting = ({
  config,
  incidents,
  send,
  tokens,
  clock,
  pause,
  waits,
}: WritingOptions): WritingDeps => ({
  incidents,
  clock,
  waits,
  permitsFor: createWritePermits({ incidents, clock, pause, waits }),
  writerFor: (tenant, options) =>
    writerFor({ endpoints: endpointsIn(config, tenant.cloud), send, tokens, clock }, tenant, options),
  registrationOf: (tenant) => {
    const api = apiOf(tenant.backend);
    const permission = permissionText(api, 'application', needsOf('writer', api));
    return { ...registrationIn(config, tenant, 'writer'), api, permission };
  },
});
