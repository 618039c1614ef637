import type { Target } from '../http/method';
import { tenantInSight } from '../http/input/pathTenant';
import type { ConsentLink, ConsentLinkState } from '../model/consentLink';
import { consentLinkState } from '../model/consentLink';
import type { Clock, Table } from '../ports';
import { consentLinks } from '../store/consentLinks';
import { linkHash } from './linkId';

export interface RevocationReceipt extends Pick<ConsentLink, 'tenantId' | 'registration' | 'createdAt' | 'expiresAt'> {
  /** What it was before; a used one has led to consent, which this does not take back. */
  readonly was: ConsentLinkState;
  /** ISO 8601 UTC. */
  readonly revokedAt: string;
}

/** The link of the path, if it is one of the tenant of the path and the caller may see that. */
export const findLink = async (target: Target): Promise<ConsentLink | undefined> => {
  const tenant = await tenantInSight(target);
  const hash = linkHash(target.params.linkId);
  if (tenant === undefined || hash === undefined) return undefined;
  const link = (await consentLinks(target.services.storage.index).find(hash))?.link;
  return link?.tenantId === tenant.tenantId ? link : undefined;
};

export const revokeLink = async (
  { storage, clock }: { readonly storage: { readonly index: Table }; readonly clock: Pick<Clock, 'now'> },
  link: ConsentLink,
): Promise<RevocationReceipt> => {
  const { hash, tenantId, registration, createdAt, expiresAt } = link;
  await consentLinks(storage.index).revoke(hash);
  const was = consentLinkState(link, clock.now());
  return { tenantId, registration, createdAt, expiresAt, was, revokedAt: new Date(clock.now()).toISOString() };
};
