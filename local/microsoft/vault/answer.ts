import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Answer, Request } from '../answer';
import { bearerOf, jsonAnswer, pathOf } from '../answer';
import { issuerV1 } from '../entra/claims';
import { vaultResource } from '../entra/resources';
import { faultAnswer } from '../faultAnswer';
import type { CloudState } from '../state';
import { formatHttpDate, toEpochSeconds } from '../world/time7';
import { getCertificate, getKey, signDigest } from './certificateAnswers';
import type { SecretVersion } from './secrets';
import { VaultError } from './vaultError';

const knownVersions = ['7.0', '7.1', '7.2', '7.3', '7.4', '7.5', '7.6', '2025-07-01'];
const attributes = z.object({
  enabled: z.boolean().optional(),
  exp: z.number().int().optional(),
  nbf: z.number().int().optional(),
});
const settable = {
  contentType: z.string().max(255).optional(),
  tags: z.record(z.string(), z.string()).optional(),
  attributes: attributes.optional(),
};
const putBody = z.object({ value: z.string().max(25_600), ...settable });
const patchBody = z.object(settable);

/** Key Vault's answer to one call: secrets, certificates and their keys in a single vault that only the managed identity may use. */
export function answerVault(state: CloudState, request: Request): Answer {
  const fault = state.behaviour.takeFault('vault', state.world.homeTenant.tenantId);
  const answer = fault === undefined ? answerOrRefuse(state, request) : faultAnswer(fault);
  state.calls.count('vault', undefined, answer.status);
  return {
    ...answer,
    headers: {
      date: formatHttpDate(state.world.clock()),
      'cache-control': 'no-cache',
      'x-ms-keyvault-region': 'westeurope',
      'x-ms-client-request-id': request.headers['x-ms-client-request-id'] ?? randomUUID(),
      'x-ms-request-id': randomUUID(),
      ...answer.headers,
    },
  };
}

function answerOrRefuse(state: CloudState, request: Request): Answer {
  try {
    authorize(state, request);
    return answerObjects(state, request);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    const { status, code, message, innerCode } = error;
    // The challenge tells a client which tenant to get its token from; SDKs make their first call without one to learn it.
    const challenge = `Bearer authorization="${state.urls.entra}/${state.world.homeTenant.tenantId}", resource="${state.national.uriOf(vaultResource)}"`;
    const headers: Record<string, string> = status === 401 ? { 'www-authenticate': challenge } : {};
    return jsonAnswer(
      status,
      { error: { code, message, ...(innerCode === undefined ? {} : { innererror: { code: innerCode } }) } },
      headers,
    );
  }
}

function authorize(state: CloudState, request: Request): void {
  const token = bearerOf(request);
  if (token === undefined) throw unauthorized('AKV10000: Request is missing a Bearer or PoP token.');
  const claims = state.tokens.verify(token);
  if (claims === undefined) throw unauthorized('AKV10024: Signature validation failed.');
  const audience = state.national.uriOf(vaultResource);
  if (claims.aud !== audience && claims.aud !== vaultResource.clientId) {
    throw unauthorized(`AKV10022: Invalid audience. Expected ${audience}, found: ${String(claims.aud)}.`);
  }
  const now = toEpochSeconds(state.world.clock());
  if (typeof claims.exp !== 'number' || claims.exp <= now || (typeof claims.nbf === 'number' && claims.nbf > now)) {
    throw unauthorized('AKV10015: Token lifetime is invalid: it has expired or is not yet valid.');
  }
  const home = issuerV1(state.world.homeTenant.tenantId);
  if (claims.iss !== home)
    throw unauthorized(`AKV10032: Invalid issuer. Expected one of ${home}, found ${String(claims.iss)}.`);
  if (claims.oid !== state.registrations.managedIdentity.principalId) {
    throw new VaultError(
      403,
      'Forbidden',
      `Caller is not authorized to perform action on resource. Caller: oid=${String(claims.oid)}.`,
      'ForbiddenByRbac',
    );
  }
}

function answerObjects(state: CloudState, request: Request): Answer {
  const { segments, query } = pathOf(request);
  const [collection, name, detail, verb, ...deeper] = segments;
  const apiVersion = query.get('api-version');
  if (apiVersion === null) throw new VaultError(400, 'BadParameter', 'api-version must be specified.');
  if (!knownVersions.includes(apiVersion))
    throw new VaultError(400, 'BadParameter', `The specified version (${apiVersion}) is not recognized.`);
  if (name === undefined || deeper.length > 0) throw notFound(request);
  if (!/^[0-9a-zA-Z-]{1,127}$/.test(name))
    throw new VaultError(400, 'BadParameter', `The request URI contains an invalid name: ${name}`);

  const operation = operationOf(request.method, collection, detail, verb);
  state.calls.countVault(`${operation} ${name}`);
  if (state.behaviour.isVaultDenied(operation, name)) throw forbidden(operation);

  if (operation === 'certificates/get') return getCertificate(state, name, detail);
  if (operation === 'keys/get') return getKey(state, name, detail);
  if (operation === 'keys/sign')
    return signDigest(state, name, verb === undefined ? '' : (detail ?? ''), json(request));
  if (verb !== undefined) throw notFound(request);
  const call = `${request.method} ${collection ?? ''}`;
  if (call === 'GET secrets') return getSecret(state, name, detail);
  if (call === 'PATCH secrets') return patchSecret(state, request, name, detail);
  if (call === 'PUT secrets' && detail === undefined) return putSecret(state, request, name);
  if (call === 'DELETE secrets' && detail === undefined) return deleteSecret(state, name);
  if (call === 'GET deletedsecrets' && detail === undefined) return getDeleted(state, name);
  if (call === 'DELETE deletedsecrets' && detail === undefined) return purgeDeleted(state, name);
  if (call === 'POST deletedsecrets' && detail === 'recover') return recoverDeleted(state, name);
  if (collection === 'secrets' || collection === 'deletedsecrets')
    throw new VaultError(405, 'MethodNotAllowed', `${request.method} is not allowed here.`);
  throw notFound(request);
}

/** As Azure names what a role allows. */
function operationOf(
  method: string,
  collection: string | undefined,
  detail: string | undefined,
  verb: string | undefined,
): string {
  const last = verb ?? detail;
  if (method === 'POST')
    return collection === 'deletedsecrets' ? 'secrets/recover' : `${collection ?? ''}/${last ?? ''}`;
  if (verb !== undefined) return `${collection ?? ''}/unknown`;
  if (collection === 'deletedsecrets') return method === 'DELETE' ? 'secrets/purge' : 'secrets/get deleted';
  const names: Record<string, string> = { GET: 'get', PUT: 'set', PATCH: 'update', DELETE: 'delete' };
  return `${collection ?? ''}/${names[method] ?? method}`;
}

function forbidden(operation: string): VaultError {
  const [collection, action] = operation.split('/');
  return new VaultError(
    403,
    'Forbidden',
    `Caller is not authorized to perform action on resource. Action: 'Microsoft.KeyVault/vaults/${collection ?? ''}/${action ?? ''}/action'.`,
    'ForbiddenByRbac',
  );
}

function getSecret(state: CloudState, name: string, version: string | undefined): Answer {
  const found = state.secrets.find(name, version);
  if (found === undefined) throw noSecret(name, version);
  if (!found.attributes.enabled) {
    throw new VaultError(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled');
  }
  return jsonAnswer(200, { value: found.value, ...properties(state, name, found) });
}

function putSecret(state: CloudState, request: Request, name: string): Answer {
  if (state.secrets.isDeleted(name)) {
    throw new VaultError(
      409,
      'Conflict',
      `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused.`,
      'ObjectIsDeletedButRecoverable',
    );
  }
  const input = parse(putBody, request);
  return jsonAnswer(200, { value: input.value, ...properties(state, name, state.secrets.set(name, input)) });
}

function patchSecret(state: CloudState, request: Request, name: string, version: string | undefined): Answer {
  const found = state.secrets.find(name, version);
  if (found === undefined) throw noSecret(name, version);
  const { attributes: changed, ...rest } = parse(patchBody, request);
  Object.assign(found, rest);
  Object.assign(found.attributes, changed, { updated: toEpochSeconds(state.world.clock()) });
  return jsonAnswer(200, properties(state, name, found));
}

function deleteSecret(state: CloudState, name: string): Answer {
  const removed = state.secrets.remove(name);
  if (removed === undefined) throw noSecret(name, undefined);
  return jsonAnswer(200, deletedProperties(state, name, removed));
}

function getDeleted(state: CloudState, name: string): Answer {
  const found = state.secrets.findDeleted(name);
  if (found === undefined) throw new VaultError(404, 'SecretNotFound', `Deleted Secret not found: ${name}`);
  return jsonAnswer(200, deletedProperties(state, name, found));
}

function purgeDeleted(state: CloudState, name: string): Answer {
  if (!state.secrets.purge(name)) throw new VaultError(404, 'SecretNotFound', `Deleted Secret not found: ${name}`);
  return { status: 204, headers: {}, body: '' };
}

function recoverDeleted(state: CloudState, name: string): Answer {
  const found = state.secrets.recover(name);
  if (found === undefined) throw new VaultError(404, 'SecretNotFound', `Deleted Secret not found: ${name}`);
  return jsonAnswer(200, properties(state, name, found));
}

function properties(state: CloudState, name: string, secret: SecretVersion): Record<string, unknown> {
  return {
    id: `${state.urls.vault}/secrets/${name}/${secret.version}`,
    contentType: secret.contentType,
    tags: secret.tags,
    attributes: { ...secret.attributes, recoveryLevel: 'Recoverable+Purgeable', recoverableDays: 90 },
  };
}

function deletedProperties(state: CloudState, name: string, secret: SecretVersion): Record<string, unknown> {
  const now = toEpochSeconds(state.world.clock());
  return {
    recoveryId: `${state.urls.vault}/deletedsecrets/${name}`,
    deletedDate: now,
    scheduledPurgeDate: now + 90 * 86_400,
    ...properties(state, name, secret),
  };
}

function parse<T>(shape: z.ZodType<T>, request: Request): T {
  const parsed = shape.safeParse(json(request));
  if (!parsed.success) throw new VaultError(400, 'BadParameter', z.prettifyError(parsed.error));
  return parsed.data;
}

function json(request: Request): unknown {
  try {
    return JSON.parse(request.body ?? '');
  } catch {
    throw new VaultError(400, 'BadParameter', 'The request body is not valid JSON.');
  }
}

function unauthorized(message: string): VaultError {
  return new VaultError(401, 'Unauthorized', message);
}

function noSecret(name: string, version: string | undefined): VaultError {
  const id = version === undefined ? name : `${name}/${version}`;
  return new VaultError(404, 'SecretNotFound', `A secret with (name/id) ${id} was not found in this key vault.`);
}

function notFound(request: Request): VaultError {
  return new VaultError(404, 'NotFound', `${request.method} ${request.url.split('?')[0] ?? ''} does not exist.`);
}
