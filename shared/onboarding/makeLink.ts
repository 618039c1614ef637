import { z } from 'zod';
import type { ConsentLink } from '../model/consentLink';
import type { RegistrationName } from '../model/registration';
import type { Clock, Table } from '../ports';
import { consentLinks } from '../store/consentLinks';
import { linkUrl } from './asked';
import { linkHash, newLinkId } from './linkId';

/** Two weeks: a mail waits for a holiday, not for ever. */
const maxHours = 336;
const usualHours = 168;
const hourMs = 60 * 60_000;

/** The registrations that a customer's administrator lets in; api, cli and responder are none of them. */
export const linkBody = z.strictObject({
  registration: z.enum(['reader', 'writer', 'defender']),
  validHours: z.int().min(1).max(maxHours).default(usualHours),
});

export type LinkBody = z.output<typeof linkBody>;

export interface MadeLink {
  /** In the address as well, and kept nowhere: it is shown this once. */
  readonly linkId: string;
  readonly tenantId: string;
  readonly registration: RegistrationName;
  /** For the mail to the customer's administrator. */
  readonly url: string;
  /** ISO 8601 UTC. */
  readonly expiresAt: string;
}

interface LinkDeps {
  readonly storage: { readonly index: Table };
  readonly clock: Pick<Clock, 'now'>;
}

/** A new link for an administrator of `tenantId`. @param publicUrl our own address, without a final slash */
export const makeLink = async (
  { storage, clock }: LinkDeps,
  publicUrl: string,
  asked: { readonly tenantId: string; readonly createdBy: string } & LinkBody,
): Promise<MadeLink> => {
  const { tenantId, createdBy, registration, validHours } = asked;
  const linkId = newLinkId();
  const hash = linkHash(linkId) ?? '';
  const nowMs = clock.now();
  const expiresAt = new Date(nowMs + validHours * hourMs).toISOString();
  const createdAt = new Date(nowMs).toISOString();
  const link: ConsentLink = { hash, tenantId, registration, createdAt, createdBy, expiresAt, usedAt: null };
  await consentLinks(storage.index).add(link);
  return { linkId, tenantId, registration, url: linkUrl(publicUrl, linkId), expiresAt };
};
