import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { exportJWK, SignJWT } from 'jose';
import { AppError } from '../../../../shared/errors';
import type { BearerValidator } from '../../../../shared/http/callers/bearer';
import { createBearerValidator } from '../../../../shared/http/callers/bearer';
import { undiciSend } from '../../../../shared/send';
import { createRandom } from '../../../../local/microsoft/world/random';
import type { TokenIssuer } from './tokenIssuer';
import { appOnly, audience, homeTenantId, issuedAtSeconds, startTokenIssuer, userClaims } from './tokenIssuer';

const foreign = '99999999-9999-4999-8999-999999999999';
const issuerV1 = `https://sts.windows.net/${homeTenantId}/`;
const admin = { roles: ['Relay.Admin'] };

let issuer: TokenIssuer;
let attacker: TokenIssuer;
let validator: BearerValidator;
beforeAll(async () => {
  [issuer, attacker] = await Promise.all([startTokenIssuer(), startTokenIssuer()]);
  validator = createBearerValidator({
    config: {
      endpoints: { authority: issuer.authority, authorityOverridden: true, graph: '', defender: '', mde: '' },
      home: { tenantId: homeTenantId, clientId: '', cloud: 'public' },
      api: { audiences: [audience.replace('api://', ''), audience], issuers: [issuer.issuer, issuerV1] },
    },
    clock: { now: () => issuedAtSeconds * 1000, elapsedMs: () => 0 },
    send: undiciSend(),
  });
});
afterAll(() => Promise.all([issuer.stop(), attacker.stop()]));

const outcomeOf = async (authorization: string): Promise<string> => {
  try {
    const { roles } = await validator.validate(authorization);
    return `accepted as ${[...roles].join()}`;
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
};

const part = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');
const claimsWith = (change: Record<string, unknown> = {}): JWTPayload => ({
  ...userClaims(issuer.issuer),
  ...admin,
  ...change,
});
const v1 = { iss: issuerV1, aud: audience, ver: '1.0', appid: 'cli', azp: undefined, preferred_username: undefined };

type Variants = readonly (readonly [name: string, authorization: string])[];
const signedWith = async (changes: Readonly<Record<string, Record<string, unknown>>>): Promise<Variants> =>
  Promise.all(
    Object.entries(changes).map(async ([name, change]): Promise<readonly [string, string]> => [
      name,
      `Bearer ${await issuer.sign({ ...admin, ...change })}`,
    ]),
  );

/** What Entra itself signed, for something or somebody else. */
const foreignTenants = (): Promise<Variants> => {
  const issuers = [
    `https://sts.windows.net/${foreign}/`,
    `https://login.microsoftonline.com/${foreign}/v2.0`,
    `https://login.microsoftonline.com/${homeTenantId}/v2.0`,
    `${issuer.authority}/${foreign}/v2.0`,
    `${issuer.authority}/common/v2.0`,
    `${issuer.authority}/{tenantid}/v2.0`,
    `${issuer.issuer}/`,
    issuer.issuer.toUpperCase(),
    `${issuerV1}/`,
    issuerV1.replace('https', 'http'),
    `${issuerV1}?${issuer.issuer}`,
    '',
  ];
  return signedWith({
    ...Object.fromEntries(issuers.map((iss) => [`iss ${iss}`, { iss }])),
    ...Object.fromEntries(issuers.map((iss) => [`iss ${iss} with its tenant`, { iss, tid: foreign }])),
    'tid of another': { tid: foreign },
    'tid of another, version 1': { ...v1, tid: foreign },
    'tid with more behind it': { tid: `${homeTenantId} ` },
    'tid as a list': { tid: [homeTenantId] },
    'no tid': { tid: undefined },
    'iss as a list': { iss: [issuer.issuer] },
  });
};

const wrongAudiences = (): Promise<Variants> =>
  signedWith(
    Object.fromEntries(
      [
        ...['https://graph.microsoft.com', '00000003-0000-0000-c000-000000000000', 'https://management.azure.com'],
        ...[`${audience}/`, `${audience} `, audience.toUpperCase(), audience.slice(0, -1), `x${audience}`, ''],
        ...[`api://${foreign}`, foreign, 'api://', '*', null, 7, {}, [], [foreign, 'https://graph.microsoft.com']],
      ].map((aud) => [`aud ${JSON.stringify(aud)}`, { aud }]),
    ),
  );

const wrongTimes = (): Promise<Variants> => {
  const now = issuedAtSeconds;
  return signedWith({
    ...Object.fromEntries(
      [301, 302, 600, 3_600, 86_400, 3e7, now].map((ago) => [`ended ${ago} s ago`, { exp: now - ago }]),
    ),
    ...Object.fromEntries(
      [301, 302, 600, 3_600, 86_400, 3e7].map((to) => [`begins in ${to} s`, { nbf: now + to, exp: now + to + 3_600 }]),
    ),
    'exp as a text': { exp: String(now + 3_600) },
    'exp null': { exp: null },
    'no exp': { exp: undefined },
    'nbf as a text': { nbf: String(now) },
    'no nbf': { nbf: undefined },
  });
};

/** Those tell an app who signed in; they open no API, not even where the app is our own. */
const idTokens = (): Promise<Variants> => {
  const bare = { scp: undefined, azp: undefined, sub: 'pairwise-of-the-user' };
  return signedWith({
    'with a nonce': { ...bare, nonce: 'n' },
    'of the authorization code flow, without a nonce': bare,
    'whose subject is the object id': { ...bare, sub: userClaims('').oid },
    'that says it is an app’s': { ...bare, idtyp: 'app' },
    'that says it is a user’s': { ...bare, idtyp: 'user' },
    'with at_hash': { ...bare, at_hash: 'h' },
    'with c_hash': { ...bare, c_hash: 'h' },
    'of version 1': { ...v1, ...bare, appid: undefined },
    'with the scope of an access token': { azp: undefined },
    'with the client of an access token': { scp: undefined, sub: 'pairwise-of-the-user' },
    'with an empty scope': { scp: '', sub: 'pairwise-of-the-user' },
  });
};

const misshapen = (): Promise<Variants> =>
  signedWith({
    'no oid': { oid: undefined },
    'oid as a list': { oid: ['a'] },
    'oid that is empty': { oid: '' },
    'roles as a text': { roles: 'Relay.Admin' },
    'roles of numbers': { roles: [1] },
    'an app’s own with a scope': { ...appOnly, scp: 'access_as_user', idtyp: 'app' },
    'of a device': { idtyp: 'device' },
  });

const foreignKeys = async (): Promise<Variants> => {
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = await exportJWK(stranger.publicKey);
  const kids = ['key-0', 'key-1', '', '../key-0', 'key-0\u0000', `https://evil.example/keys#key-0`];
  const headers: Record<string, object> = {
    ...Object.fromEntries(kids.map((kid) => [`kid ${JSON.stringify(kid)}`, { kid }])),
    'its own key in the header': { kid: 'key-0', jwk },
    'its own keys by address': { kid: 'key-0', jku: `${attacker.authority}/${homeTenantId}/discovery/v2.0/keys` },
    'its own certificate by address': { kid: 'key-0', x5u: `${attacker.authority}/cert` },
    'its own certificate': { kid: 'key-0', x5c: ['MIIB'] },
    'a thumbprint only': { x5t: 'AAAA' },
  };
  const key = stranger.privateKey;
  const own = await Promise.all(
    Object.entries(headers).map(async ([name, header]): Promise<readonly [string, string]> => {
      const jwt = new SignJWT(claimsWith()).setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...header });
      return [name, `Bearer ${await jwt.sign(key)}`];
    }),
  );
  const other = await attacker.sign({ ...claimsWith() });
  return [...own, ['another issuer’s key of the same name', `Bearer ${other}`]];
};

const unsigned = (): Variants =>
  ['none', 'None', 'NONE', 'nOnE', 'null', '', 'RS256', 'HS256'].flatMap((alg) =>
    [{ kid: 'key-0' }, {}].flatMap((header) =>
      ['', 'AA', 'e30'].map((signature): readonly [string, string] => [
        `${alg} ${JSON.stringify(header)} ${signature}`,
        `Bearer ${part({ alg, ...header })}.${part(claimsWith())}.${signature}`,
      ]),
    ),
  );

/** What anyone knows of the public key, as the secret of a symmetric signature. */
const symmetric = async (): Promise<Variants> => {
  const pem = await issuer.publicKeyText();
  const key = createPublicKey(pem);
  const { n = '' } = await exportJWK(key);
  const secrets: Record<string, Buffer> = {
    PEM: Buffer.from(pem),
    'PEM without its last line break': Buffer.from(pem.trimEnd()),
    DER: key.export({ type: 'spki', format: 'der' }),
    PKCS1: Buffer.from(key.export({ type: 'pkcs1', format: 'pem' })),
    modulus: Buffer.from(n, 'base64url'),
    'modulus as a text': Buffer.from(n),
    hash: createHash('sha512').update(pem).digest(),
    zeros: Buffer.alloc(64),
  };
  const variants = ['HS256', 'HS384', 'HS512'].flatMap((alg) =>
    Object.entries(secrets).map(async ([name, secret]): Promise<readonly [string, string]> => {
      const jwt = new SignJWT(claimsWith()).setProtectedHeader({ alg, kid: 'key-0' });
      return [`${alg} with ${name}`, `Bearer ${await jwt.sign(secret)}`];
    }),
  );
  return Promise.all(variants);
};

/** Well signed with the issuer's key, as it never signs; or signed with keys of other kinds. */
const otherAlgorithms = (): Variants => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const ed = generateKeyPairSync('ed25519').privateKey;
  const by = (alg: string, signer: (content: Buffer) => Buffer): readonly [string, string] => {
    const content = `${part({ alg, kid: 'key-0' })}.${part(claimsWith())}`;
    return [alg, `Bearer ${content}.${signer(Buffer.from(content)).toString('base64url')}`];
  };
  const own = ['RS384', 'RS512', 'PS256', 'PS384', 'rs256', 'RSA', 'RS256 ', 'RS1'].map(
    (alg): readonly [string, string] => [alg, `Bearer ${issuer.signRaw({ alg, kid: 'key-0' }, claimsWith())}`],
  );
  return [
    ...own,
    by('ES256', (content) => sign('sha256', content, { key: ec, dsaEncoding: 'ieee-p1363' })),
    by('EdDSA', (content) => sign(null, content, createPrivateKey(ed.export({ type: 'pkcs8', format: 'pem' })))),
    ['crit', `Bearer ${issuer.signRaw({ alg: 'RS256', kid: 'key-0', crit: ['exp'], exp: 1 }, claimsWith())}`],
    ['b64', `Bearer ${issuer.signRaw({ alg: 'RS256', kid: 'key-0', crit: ['b64'], b64: true }, claimsWith())}`],
    ['no kid', `Bearer ${issuer.signRaw({ alg: 'RS256' }, claimsWith())}`],
    ['kid as a list', `Bearer ${issuer.signRaw({ alg: 'RS256', kid: ['key-0'] }, claimsWith())}`],
    ['alg as a list', `Bearer ${issuer.signRaw({ alg: ['RS256'], kid: 'key-0' }, claimsWith())}`],
  ];
};

/** One bit of a good token changed; and pieces of good tokens put together anew. */
const altered = async (): Promise<Variants> => {
  const random = createRandom(11);
  const good = await issuer.sign(admin);
  const reader = await issuer.sign({ roles: ['Relay.Reader'] });
  const parts = good.split('.').map((each) => Buffer.from(each, 'base64url'));
  const flipped = Array.from({ length: 60 }, (_, nth): readonly [string, string] => {
    const which = nth % 3;
    const changed = parts.map((each) => Buffer.from(each));
    const bytes = changed[which]!;
    const at = random.int(0, bytes.length - 1);
    bytes[at]! ^= 1 << random.int(0, 7);
    const text = changed.map((each) => each.toString('base64url')).join('.');
    return [`bit ${nth} of part ${which}`, `Bearer ${text}`];
  });
  const [head = '', body = '', signature = ''] = good.split('.');
  const [, readersBody = '', readersSignature = ''] = reader.split('.');
  const joined: readonly string[] = [
    `${head}.${body}.${readersSignature}`,
    `${head}.${readersBody}.${signature}`,
    `${head}.${body}`,
    `${head}.${body}.`,
    `.${body}.${signature}`,
    `${head}..${signature}`,
    `${good}.`,
    `${good}.${signature}`,
    `${head}.${body}.AA.BB.${signature}`,
    `${good}=`,
    `${head}.${body}.${signature.slice(0, -4)}`,
    `${head}.${body}.${signature}${signature}`,
    `${good}, Bearer ${good}`,
    `${good} ${good}`,
    `"${good}"`,
    `${good}\u00a0`,
    encodeURIComponent(`${good} `),
  ];
  return [...flipped, ...joined.map((text): readonly [string, string] => [text.slice(0, 40), `Bearer ${text}`])];
};

test('of forged tokens of every kind none is accepted', async () => {
  const families: Readonly<Record<string, () => Promise<Variants> | Variants>> = {
    'foreign tenant or issuer': foreignTenants,
    'wrong audience': wrongAudiences,
    'expired, not yet valid': wrongTimes,
    'ID token': idTokens,
    'claims misshapen': misshapen,
    'foreign key': foreignKeys,
    'alg none': unsigned,
    'HS256 with the public key': symmetric,
    'another algorithm': otherAlgorithms,
    'altered, put together': altered,
  };
  const rows: { family: string; variants: number; accepted: number }[] = [];
  const wrong: string[] = [];
  for (const [family, make] of Object.entries(families)) {
    const variants = await make();
    const outcomes = await Promise.all(variants.map(async ([name, text]) => [name, await outcomeOf(text)] as const));
    wrong.push(
      ...outcomes
        .filter(([, outcome]) => outcome !== 'ERR_TOKEN')
        .map(([name, outcome]) => `${family}: ${name}: ${outcome}`),
    );
    const accepted = outcomes.filter(([, outcome]) => outcome.startsWith('accepted')).length;
    rows.push({ family, variants: variants.length, accepted });
  }
  const lines = rows.map(
    (row) => `  ${row.family.padEnd(28)}${String(row.variants).padStart(6)}${String(row.accepted).padStart(10)}`,
  );
  process.stdout.write(
    `\n  ${'forged tokens'.padEnd(28)}${'tried'.padStart(6)}${'accepted'.padStart(10)}\n${lines.join('\n')}\n`,
  );
  expect(wrong).toEqual([]);
  expect(rows.reduce((sum, { variants }) => sum + variants, 0)).toBeGreaterThan(250);
});

test('those they are made from are accepted: of users and apps, of version 1 and 2', async () => {
  const good: Readonly<Record<string, Record<string, unknown>>> = {
    'a user’s, version 2': {},
    'a user’s, version 2, audience the client id': { aud: audience.replace('api://', '') },
    'a user’s, version 1': v1,
    'a user’s that says so': { idtyp: 'user' },
    'an app’s, version 2': appOnly,
    'an app’s, version 2, that does not say so': { ...appOnly, idtyp: undefined },
    'an app’s, version 1': { ...v1, ...appOnly },
  };
  for (const [name, change] of Object.entries(good)) {
    const token = await issuer.sign({ ...admin, ...change });
    expect([name, await outcomeOf(`Bearer ${token}`)]).toEqual([name, 'accepted as Admin']);
  }
});
