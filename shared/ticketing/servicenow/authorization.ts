import { createHash } from 'node:crypto';
import { z } from 'zod';
import { TargetError } from '../../errors';
import { askTool, jsonOf } from '../askTool';
import type { ConnectorDeps } from '../connector';
import { readAs } from '../readAnswer';

/** A header, and how to drop the token it was made of; undefined where there is none to drop. */
export interface Authorization {
  readonly header: string;
  readonly forget: (() => void) | undefined;
}

interface Held {
  readonly token: string;
  readonly untilMs: number;
}

/** By instance, client and secret, so that who brings another secret gets no token of it. In memory alone. */
const tokens = new Map<string, Held>();
const mostTokens = 1_000;
/** Renewed so long before its end. */
const marginMs = 60_000;

const granted = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive().default(1_800) });

/** For one call. @throws TargetError `credential` · ThrottledError · UpstreamError · ContractError */
export const authorizationOf = async (deps: ConnectorDeps, base: string, title: string): Promise<Authorization> => {
  const { auth } = deps.connection;
  const secret = await deps.secret();
  if (auth?.kind === 'bearer') return { header: `Bearer ${secret}`, forget: undefined };
  const user = auth?.user ?? '';
  if (auth?.kind !== 'oauth')
    return { header: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`, forget: undefined };
  const name = createHash('sha256').update(`${base}\n${user}\n${secret}`).digest('hex');
  const nowMs = deps.clock.now();
  const known = tokens.get(name);
  const held =
    known !== undefined && known.untilMs - marginMs > nowMs ? known : await grant(deps, { base, user, secret, title });
  tokens.delete(name);
  tokens.set(name, held);
  for (const oldest of tokens.keys()) {
    if (tokens.size <= mostTokens) break;
    tokens.delete(oldest);
  }
  return { header: `Bearer ${held.token}`, forget: () => void tokens.delete(name) };
};

interface Grant {
  readonly base: string;
  readonly user: string;
  readonly secret: string;
  readonly title: string;
}

/** @see https://www.servicenow.com/docs (inbound client credentials grant; off by default) */
const grant = async (deps: ConnectorDeps, { base, user, secret, title }: Grant): Promise<Held> => {
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: user, client_secret: secret });
  const answer = await askTool(
    { send: deps.send, now: () => deps.clock.now(), title, accepts: [400, 401, 403] },
    {
      method: 'POST',
      url: `${base}/oauth_token.do`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    },
  );
  if (answer.status >= 400)
    throw new TargetError(
      `${title}: no token for the client; compare its id and secret, and that client credentials are switched on there`,
      'credential',
      answer.status,
    );
  const { access_token: token, expires_in: seconds } = readAs(granted, jsonOf(title, answer), `${title}: the token`);
  return { token, untilMs: deps.clock.now() + seconds * 1_000 };
};
