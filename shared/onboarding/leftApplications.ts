import { setTimeout } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { enterpriseAppsLink } from '../access/links';
import { clouds } from '../clouds';
import { AppError, ConsentError } from '../errors';
import type { RegistrationName } from '../model/registration';
import type { Tenant } from '../model/tenant';
import type { TokenProvider } from '../ports';
import type { ConsentConfig } from './asked';
import { askedOf } from './asked';

/** An application of ours that stays in a tenant after we left it, until its administrator deletes it. */
export interface LeftApplication {
  /** As the tenant's portal lists it; null: not known, so it is found by its client id. */
  readonly name: string | null;
  readonly clientId: string;
  readonly registrations: readonly RegistrationName[];
  /** Whether the tenant still lets it in; null: could not be found out. */
  readonly consented: true | null;
  /** The tenant's list of enterprise applications, in the portal of its cloud. */
  readonly link: string;
}

export interface LeftDeps {
  readonly config: ConsentConfig;
  readonly tokens: Pick<TokenProvider, 'getToken'>;
}

/** A removal is not held up by an Entra that does not answer. */
const askForMs = 5_000;

const all = ['reader', 'writer', 'defender'] as const satisfies readonly RegistrationName[];

/** What the customer has to delete, since we cannot: those of our applications that the tenant is known not to know are left out. */
export const leftApplications = async (deps: LeftDeps, tenant: Tenant): Promise<readonly LeftApplication[]> => {
  const byClient = new Map<string, RegistrationName[]>();
  for (const registration of all) {
    const { clientId } = askedOf(deps.config, tenant, registration);
    byClient.set(clientId, [...(byClient.get(clientId) ?? []), registration]);
  }
  const found = await Promise.all(
    [...byClient].map(async ([clientId, registrations]): Promise<LeftApplication | undefined> => {
      const seen = await Promise.race([lookAt(deps, tenant, registrations), timeOver()]);
      if (seen === 'unknownThere') return undefined;
      const link = enterpriseAppsLink(tenant.tenantId, tenant.cloud);
      return { name: seen?.name ?? null, clientId, registrations, consented: seen === undefined ? null : true, link };
    }),
  );
  return found.filter((application) => application !== undefined);
};

/** Undefined: nobody can tell. */
type Seen = { readonly name: string | null } | 'unknownThere' | undefined;

const timeOver = (): Promise<undefined> => setTimeout(askForMs, undefined, { ref: false });

/**
 * Not consented to, rather than switched off there. Entra's numbers may change: then an application is listed of which nothing is known.
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
const notFoundThere = 'AADSTS700016';

/** A token says that an application is let in, and by its name; the refusal of one says that it is not known there. */
const lookAt = async (
  { tokens }: LeftDeps,
  tenant: Tenant,
  [registration = 'reader']: readonly RegistrationName[],
): Promise<Seen> => {
  try {
    const { token } = await tokens.getToken(tenant, registration, clouds[tenant.cloud].graphScope);
    return { name: nameIn(token) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error instanceof ConsentError && error.raw === notFoundThere ? 'unknownThere' : undefined;
  }
};

const claims = z.object({ app_displayname: z.string().min(1) });

/** Tokens for Graph carry it, whatever they allow; those for other APIs do not. @see https://learn.microsoft.com/answers/questions/2153104 */
const nameIn = (token: string): string | null => claims.safeParse(decodeJwt(token)).data?.app_displayname ?? null;
