import type { Config } from '../config';
import type { Clock, Send } from '../ports';
import type { DueIndex } from '../store/due';
import type { Feed } from '../store/feed';
import type { Storage } from '../store/openStorage';
import type { TenantRegistry } from '../store/tenants';
import type { BearerValidator } from './bearer';

/** What the routes stand on. */
export interface HttpServices {
  readonly config: Config;
  readonly clock: Clock;
  readonly send: Send;
  readonly storage: Storage;
  readonly registry: TenantRegistry;
  readonly feed: Feed;
  readonly due: DueIndex;
  readonly bearer: BearerValidator;
}
