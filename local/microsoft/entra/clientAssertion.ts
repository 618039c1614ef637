import { constants, verify } from 'node:crypto';
import { z } from 'zod';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { toEpochSeconds } from '../world/time7';
import { EntraError } from './entraError';
import type { Registration } from './registrations';

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const longestLifeSeconds = 10 * 60;

const headerShape = z.object({ alg: z.string(), typ: z.string().optional(), 'x5t#S256': z.string().optional() });
const claimsShape = z.object({
  aud: z.string(),
  iss: z.string(),
  sub: z.string(),
  jti: z.string().min(1).optional(),
  exp: z.number(),
  nbf: z.number().optional(),
  iat: z.number().optional(),
});
type Claims = z.output<typeof claimsShape>;

/**
 * Whether an assertion proves its bearer to be `client` in this tenant, once: signed by one of its certificates, or a token of an identity it
 * trusts.
 * @throws EntraError 401 invalid_client
 * @see https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 */
export function checkAssertion(state: CloudState, client: Registration, tenant: Tenant, assertion: string): void {
  const [head = '', body = '', signature = '', ...more] = assertion.split('.');
  const header = headerShape.safeParse(parsed(head));
  const claims = claimsShape.safeParse(parsed(body));
  if (more.length > 0 || !header.success || !claims.success) throw refused(50027, 'JWT token is invalid or malformed.');
  checkTimes(state, claims.data);
  // One of our own tokens is an identity's; anything else has to come from the application itself.
  if (state.tokens.verify(assertion) !== undefined) {
    checkTrust(state, client, claims.data);
    return;
  }
  if (claims.data.iss !== client.clientId)
    throw refused(
      700211,
      `No matching federated identity record found for presented assertion issuer '${claims.data.iss}'.`,
    );
  checkSignature(client, header.data, `${head}.${body}`, signature);
  checkOwnClaims(state, client, tenant, claims.data);
}

function checkTimes(state: CloudState, { exp, nbf }: Claims): void {
  const now = toEpochSeconds(state.world.clock());
  if (exp > now && (nbf ?? now) <= now + 300) return;
  throw refused(
    700024,
    `Client assertion is not within its valid time range. Current time: ${now}, expiry time of assertion ${exp}.`,
  );
}

/** The identity's token has to be for the exchange, and of the very subject that the registration trusts; case counts. */
function checkTrust({ national }: CloudState, client: Registration, { aud, iss, sub }: Claims): void {
  const isFor = (audience: string): boolean => {
    const resource = national.find(audience);
    return aud === audience || aud === resource?.clientId;
  };
  const ofIssuer = client.federated.filter(({ issuer }) => issuer === iss);
  if (ofIssuer.length === 0)
    throw refused(700211, `No matching federated identity record found for presented assertion issuer '${iss}'.`);
  const ofSubject = ofIssuer.filter(({ subject }) => subject === sub);
  if (ofSubject.length === 0)
    throw refused(700213, `No matching federated identity record found for presented assertion subject '${sub}'.`);
  if (!ofSubject.some(({ audience }) => isFor(audience)))
    throw refused(700212, `No matching federated identity record found for presented assertion audience '${aud}'.`);
}

function checkSignature(
  client: Registration,
  header: z.output<typeof headerShape>,
  signed: string,
  signature: string,
): void {
  const thumbprint = header['x5t#S256'];
  const certificate = client.certificates.find((each) => each.thumbprint === thumbprint);
  if (certificate === undefined)
    throw refused(
      700027,
      `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '${thumbprint ?? ''}'] for app '${client.clientId}'.`,
    );
  const key = {
    key: certificate.publicKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  };
  const bytes = Buffer.from(signature, 'base64url');
  // The algorithm is ours to name, never the assertion's.
  if (header.alg !== 'PS256' || !verify('sha256', Buffer.from(signed), key, bytes))
    throw refused(700027, `Client assertion failed signature validation for app '${client.clientId}'.`);
}

function checkOwnClaims(state: CloudState, client: Registration, tenant: Tenant, claims: Claims): void {
  const now = toEpochSeconds(state.world.clock());
  if (claims.sub !== client.clientId)
    throw refused(700021, "Client assertion application identifier doesn't match 'client_id' parameter.");
  if (claims.aud !== `${state.urls.entra}/${tenant.tenantId}/oauth2/v2.0/token`)
    throw refused(700023, `Client assertion audience claim does not match Realm issuer: '${claims.aud}'.`);
  if (claims.exp > now + longestLifeSeconds)
    throw refused(700024, 'Client assertion is not within its valid time range: it lives longer than ten minutes.');
  if (claims.jti === undefined || !state.usedAssertions.use(client.clientId, claims.jti, claims.exp))
    throw refused(50013, 'Assertion failed validation: its jti is missing or was used before.');
}

function parsed(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function refused(code: number, message: string): EntraError {
  return new EntraError(401, 'invalid_client', code, message);
}
