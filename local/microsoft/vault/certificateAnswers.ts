import { z } from 'zod';
import type { Answer } from '../answer';
import { jsonAnswer } from '../answer';
import type { CloudState } from '../state';
import { toEpochSeconds } from '../world/time7';
import type { CertificateVersion } from './certificates';
import { VaultError } from './vaultError';

/** The public half alone, as the certificates route gives it. */
export function getCertificate(state: CloudState, name: string, version: string | undefined): Answer {
  const found = state.certificates.find(name, version);
  if (found === undefined) throw missing('Certificate', name, version);
  const { vault } = state.urls;
  return jsonAnswer(200, {
    id: `${vault}/certificates/${name}/${found.version}`,
    kid: `${vault}/keys/${name}/${found.version}`,
    sid: `${vault}/secrets/${name}/${found.version}`,
    x5t: found.thumbprintSha1,
    cer: found.der.toString('base64'),
    attributes: attributesOf(found),
    policy: { key_props: { exportable: false, kty: 'RSA', key_size: 2048, reuse_key: false } },
  });
}

export function getKey(state: CloudState, name: string, version: string | undefined): Answer {
  const found = state.certificates.find(name, version);
  if (found === undefined) throw missing('Key', name, version);
  const { n, e } = found.publicKey.export({ format: 'jwk' });
  return jsonAnswer(200, {
    key: { kid: `${state.urls.vault}/keys/${name}/${found.version}`, kty: 'RSA', key_ops: ['sign', 'verify'], n, e },
    attributes: attributesOf(found),
    managed: true,
  });
}

const signBody = z.object({ alg: z.string(), value: z.base64url() });

/** @see https://learn.microsoft.com/rest/api/keyvault/keys/sign/sign */
export function signDigest(state: CloudState, name: string, version: string, body: unknown): Answer {
  const found = state.certificates.find(name, version === '' ? undefined : version);
  if (found === undefined) throw missing('Key', name, version);
  if (!found.attributes.enabled)
    throw new VaultError(403, 'Forbidden', 'Operation sign is not allowed on a disabled key.', 'KeyDisabled');
  if (found.attributes.exp <= toEpochSeconds(state.world.clock()))
    throw new VaultError(403, 'Forbidden', 'Operation sign is not allowed on an expired key.', 'KeyExpired');
  const parsed = signBody.safeParse(body);
  if (!parsed.success) throw new VaultError(400, 'BadParameter', z.prettifyError(parsed.error));
  if (parsed.data.alg !== 'PS256')
    throw new VaultError(400, 'BadParameter', `Algorithm ${parsed.data.alg} is not played here; PS256 is.`);
  const digest = Buffer.from(parsed.data.value, 'base64url');
  if (digest.length !== 32)
    throw new VaultError(400, 'BadParameter', `Invalid length of 'value': ${digest.length} bytes. PS256 requires 32.`);
  return jsonAnswer(200, {
    kid: `${state.urls.vault}/keys/${name}/${found.version}`,
    value: found.sign(digest).toString('base64url'),
  });
}

function attributesOf({ attributes }: CertificateVersion): Record<string, unknown> {
  return { ...attributes, recoveryLevel: 'Recoverable+Purgeable', recoverableDays: 90 };
}

function missing(kind: 'Certificate' | 'Key', name: string, version: string | undefined): VaultError {
  const id = version === undefined ? name : `${name}/${version}`;
  return new VaultError(
    404,
    `${kind}NotFound`,
    `A ${kind.toLowerCase()} with (name/id) ${id} was not found in this key vault.`,
  );
}
