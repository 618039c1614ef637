import type { Send } from '../../shared/ports';
import { messageOf } from '../../shared/errors';
import { unreachable } from '../relay/client';

const timeoutMs = 15_000;
const discoveryFailed = new Set(['endpoints_resolution_error', 'openid_config_error']);

/**
 * Of a discovery that was refused MSAL tells only that it failed; so it is asked once more, for what Entra says of it
 * (`AADSTS90002`: no such tenant). Everything else comes back as it is.
 */
export const explain = async (error: unknown, send: Send, tenantAuthority: string): Promise<unknown> => {
  if (!(error instanceof Error) || !('errorCode' in error) || !discoveryFailed.has(String(error.errorCode)))
    return error;
  const url = `${tenantAuthority}/v2.0/.well-known/openid-configuration`;
  try {
    const { status, body } = await send({ method: 'GET', url, headers: {}, timeoutMs });
    const said = /AADSTS\d+[^\r\n"]*/.exec(body)?.[0];
    return status === 200 ? error : new Error(said ?? messageOf(error), { cause: error });
  } catch (cause) {
    return unreachable(new URL(tenantAuthority).origin, cause);
  }
};
