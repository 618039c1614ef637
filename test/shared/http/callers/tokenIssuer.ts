import { KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWTHeaderParameters, JWTPayload } from 'jose';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';

export const homeTenantId = '0f0e0d0c-0000-4000-8000-00000000a001';
export const audience = 'api://0f0e0d0c-0000-4000-8000-00000000c001';
/** 2026-11-20T08:00:00Z: tokens below live from five minutes before to an hour after. */
export const issuedAtSeconds = 1_795_161_600;

export interface TokenIssuer {
  readonly authority: string;
  readonly issuer: string;
  /** How often the key document was asked for. */
  readonly keyReads: () => number;
  /** What the discovery document and the keys answer with instead of 200. */
  answerWith(status: number): void;
  pointKeysAt(url: string | undefined): void;
  /** Publishes a new key, as Entra does now and then, and signs with it. */
  turnKey(): Promise<void>;
  sign(claims?: Record<string, unknown>, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** A true signature over any header at all. */
  signRaw(header: object, claims: object): string;
  /** The public key as a PEM text: what an attacker knows. */
  publicKeyText(): Promise<string>;
  stop(): Promise<void>;
}

/** An issuer shaped like Entra's on loopback: discovery document, keys, tokens of its home tenant. */
export const startTokenIssuer = async (): Promise<TokenIssuer> => {
  let turn = 0;
  let pair = await generateKeyPair('RS256', { extractable: true });
  const kid = () => `key-${turn}`;
  let status = 200;
  let keyReads = 0;
  let keysUrl: string | undefined;

  const server = createServer((request, response) => {
    void (async () => {
      const isKeys = request.url === `/${homeTenantId}/discovery/v2.0/keys`;
      if (isKeys) keyReads += 1;
      const jwk = { ...(await exportJWK(pair.publicKey)), kid: kid(), use: 'sig' };
      const discovery = { issuer, jwks_uri: keysUrl ?? `${authority}/${homeTenantId}/discovery/v2.0/keys` };
      const isKnown = isKeys || request.url === `/${homeTenantId}/v2.0/.well-known/openid-configuration`;
      response.writeHead(isKnown ? status : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isKeys ? { keys: [jwk] } : discovery));
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const authority = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = `${authority}/${homeTenantId}/v2.0`;

  return {
    authority,
    issuer,
    keyReads: () => keyReads,
    answerWith: (given) => (status = given),
    pointKeysAt: (url) => (keysUrl = url),
    turnKey: async () => {
      pair = await generateKeyPair('RS256', { extractable: true });
      turn += 1;
    },
    sign: (claims = {}, header = {}) =>
      new SignJWT({ ...userClaims(issuer), ...claims })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: kid(), ...header })
        .sign(pair.privateKey),
    signRaw: (header, claims) => {
      const content = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
      return `${content}.${sign('sha256', Buffer.from(content), KeyObject.from(pair.privateKey)).toString('base64url')}`;
    },
    publicKeyText: () => exportSPKI(pair.publicKey),
    stop: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
};

/** Claims of a user's access token, version 2.0. */
export const userClaims = (issuer: string): JWTPayload => ({
  iss: issuer,
  aud: audience,
  iat: issuedAtSeconds - 300,
  nbf: issuedAtSeconds - 300,
  exp: issuedAtSeconds + 3_600,
  tid: homeTenantId,
  oid: '11111111-1111-4111-8111-111111111111',
  sub: 'pairwise-of-the-user',
  azp: '0f0e0d0c-0000-4000-8000-00000000d001',
  scp: 'access_as_user',
  preferred_username: 'ana@contoso.example',
  roles: ['Relay.Reader'],
  ver: '2.0',
});

/** What turns those into an app's own: no scope, no user. */
export const appOnly = {
  idtyp: 'app',
  scp: undefined,
  preferred_username: undefined,
  sub: '22222222-2222-4222-8222-222222222222',
  oid: '22222222-2222-4222-8222-222222222222',
};
