import { z } from 'zod';
import { clouds } from '../../shared/clouds';

const isLoopback = (url: string): boolean => /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:\/|$)/.test(url);
const isUrl = (text: string): boolean => URL.canParse(text) && (text.startsWith('https://') || isLoopback(text));

/** A token goes there, so nobody on the way may read it. */
export const serviceUrl = z
  .string()
  .refine(isUrl, 'must be an https address (http only on this machine)')
  .transform((text) => text.replace(/\/+$/, '').replace(/\/api$/, ''));

export const cloudName = z.enum(['public', 'usgov', 'usgovdod', 'china']);

/** A relay, and as whom one signs in to it. */
export const profileShape = z.object({
  url: serviceUrl,
  /** Home tenant of the relay, where its people sign in. */
  tenant: z.guid().toLowerCase(),
  /** The public client, `cli` of the registrations. */
  clientId: z.guid().toLowerCase(),
  /** Client id or App ID URI of the relay's API; undefined: one registration is both. */
  apiId: z.string().min(1).optional(),
  cloud: cloudName.default('public'),
  /** Where Entra is reached, where that is not the cloud's own address. */
  authority: serviceUrl.optional(),
  /** Certificates to trust besides the usual ones. */
  caFile: z.string().min(1).optional(),
  /** False: no token is ever written to disk, and each command signs in anew. */
  keepsTokens: z.boolean().default(true),
});

export type Profile = z.output<typeof profileShape>;

export const profileName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be letters, digits, dots, hyphens and underscores, 64 at most');

export const authorityOf = ({ authority, cloud }: Pick<Profile, 'authority' | 'cloud'>): string =>
  authority ?? clouds[cloud].authority;

/** What a token for the relay's API is asked with. */
export const apiScope = ({ apiId, clientId }: Pick<Profile, 'apiId' | 'clientId'>): string =>
  `${apiId ?? clientId}/access_as_user`;
