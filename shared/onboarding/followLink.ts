import { consentLinkState } from '../model/consentLink';
import type { Clock, Table } from '../ports';
import { consentLinks } from '../store/consentLinks';
import { continueKey } from '../store/continueKey';
import type { TenantRegistry } from '../store/tenants';
import type { ConsentConfig } from './asked';
import { askedOf, consentPage, redirectUri } from './asked';
import { sealState } from './consentState';
import type { HitLimit } from './hitLimit';
import { linkHash } from './linkId';

export interface FollowDeps {
  readonly config: ConsentConfig;
  readonly clock: Pick<Clock, 'now'>;
  readonly registry: Pick<TenantRegistry, 'get'>;
  readonly storage: { readonly index: Table };
  readonly consentHits: HitLimit;
}

export type Followed =
  /** To Entra's page, with a fresh state that is good for ten minutes. */
  | { readonly kind: 'onward'; readonly location: string }
  /** Unknown, used, withdrawn, run out: all alike. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'tooMany' };

/**
 * Where a link leads. Following it uses nothing up: mail scanners open links, too. What cannot be an id costs no storage, anything unknown
 * one point read, and that is bounded.
 * @throws UpstreamError where storage is away
 */
export const followLink = async (deps: FollowDeps, linkId: string | undefined): Promise<Followed> => {
  const { config, clock, registry, storage, consentHits } = deps;
  const hash = linkHash(linkId);
  if (hash === undefined) return { kind: 'closed' };
  if (!consentHits.allows()) return { kind: 'tooMany' };
  const link = (await consentLinks(storage.index).find(hash))?.link;
  if (link === undefined || consentLinkState(link, clock.now()) !== 'open') return { kind: 'closed' };
  const tenant = await registry.get(link.tenantId);
  if (tenant === undefined || config.publicUrl === undefined) return { kind: 'closed' };
  const state = sealState(await continueKey(storage.index), { ...link, linkHash: hash }, clock.now());
  const back = { redirectUri: redirectUri(config.publicUrl), state };
  return { kind: 'onward', location: consentPage(askedOf(config, tenant, link.registration), tenant, back) };
};
