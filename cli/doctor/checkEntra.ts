import { z } from 'zod';
import type { Send } from '../../shared/ports';
import { unreachable } from '../relay/client';
import { checkClock } from './checkClock';
import type { Finding } from './finding';
import { failed, fine } from './finding';

const discovery = z.looseObject({ issuer: z.string(), token_endpoint: z.string() });
const timeoutMs = 30_000;

/** Entra as seen from here: reached, knows the tenant, and of one time with us. */
export const checkEntra = async (send: Send, authority: string, tenantId: string): Promise<readonly Finding[]> => {
  const sentMs = Date.now();
  try {
    const url = `${authority}/${tenantId}/v2.0/.well-known/openid-configuration`;
    const answer = await send({ method: 'GET', url, headers: {}, timeoutMs });
    const clock = checkClock('clock by Entra', answer.headers.date, sentMs, Date.now());
    if (answer.status === 200 && discovery.safeParse(JSON.parse(answer.body)).success)
      return [fine('Entra', `${authority} knows tenant ${tenantId}.`), clock];
    const cure = 'Check the tenant id of the profile or of RELAY_TENANT_ID, and its cloud.';
    return [failed('Entra', `${authority} knows no tenant ${tenantId} (${answer.status}).`, cure), clock];
  } catch (error) {
    const { message, code } = unreachable(authority, error);
    const cure = 'Check the network, a proxy, and ENTRA_AUTHORITY_HOST or the authority of the profile.';
    return [failed('Entra', `${message} (${code ?? ''})`, cure)];
  }
};
