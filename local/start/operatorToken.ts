import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { z } from 'zod';
import type { Cloud } from '../microsoft';

export interface OperatorToken {
  /** File that always holds a good token, for the commands to copy. */
  readonly path: string;
  current(): string;
  stop(): Promise<void>;
}

type Entra = Pick<Cloud, 'entraUrl' | 'homeTenantId' | 'apiClientId' | 'operator' | 'caPem'>;

const answerShape = z.object({ access_token: z.string(), expires_in: z.number() });
const renewBeforeSeconds = 600;
const retryMs = 10_000;

/** Signs the operator in with client credentials, as a customer's own automation would, and renews the token before it ends. */
export async function keepOperatorToken(cloud: Entra, folder: string): Promise<OperatorToken> {
  const agent = new Agent({ connect: { ca: cloud.caPem } });
  const path = join(folder, 'token');
  let token = '';
  let timer: NodeJS.Timeout | undefined;

  const renew = async (): Promise<void> => {
    const answer = await fetchToken(cloud, agent);
    token = answer.access_token;
    keep(path, token);
    const againMs = Math.max(30, answer.expires_in - renewBeforeSeconds) * 1000;
    timer = setTimeout(renewLater, againMs).unref();
  };
  const renewLater = (): void => {
    renew().catch(() => (timer = setTimeout(renewLater, retryMs).unref()));
  };

  await renew();
  return {
    path,
    current: () => token,
    stop: () => {
      clearTimeout(timer);
      return agent.destroy();
    },
  };
}

async function fetchToken({ entraUrl, homeTenantId, apiClientId, operator }: Entra, agent: Agent) {
  const answer = await request(`${entraUrl}/${homeTenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    dispatcher: agent,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: operator.clientId,
      client_secret: operator.clientSecret,
      scope: `api://${apiClientId}/.default`,
    }).toString(),
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`The operator could not sign in (${answer.statusCode}): ${text}`);
  return answerShape.parse(JSON.parse(text));
}

/** Whole or not at all: a command may read it at any moment. */
function keep(path: string, token: string): void {
  writeFileSync(`${path}.new`, token, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
