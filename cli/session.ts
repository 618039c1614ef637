import type { Send } from '../shared/ports';
import { undiciSend } from '../shared/send';
import { Failure } from './failure';
import type { Output } from './print/output';
import { createOutput } from './print/output';
import type { Chosen } from './profiles/choose';
import { chooseProfile } from './profiles/choose';
import { apiScope } from './profiles/profile';
import type { Relay } from './relay/client';
import { createRelay } from './relay/client';
import { hasBrowser } from './signIn/openBrowser';
import type { PublicClient, Way } from './signIn/publicClient';
import { createPublicClient } from './signIn/publicClient';
import { withCertificates } from './withCertificates';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly profile?: string;
  readonly demo?: boolean;
  readonly json?: boolean;
}

/** What a command works with. */
export interface Session {
  readonly env: NodeJS.ProcessEnv;
  readonly out: Output;
  readonly send: Send;
  readonly chosen: Chosen;
  readonly person: PublicClient;
  readonly relay: Relay;
  /** For the relay's API; `fresh`: the last one was refused, and `claims` is what Entra wants of the next. @throws Failure where nobody is signed in */
  readonly token: (fresh: boolean, claims?: string) => Promise<string>;
  /** How someone would sign in here, unless told otherwise. */
  readonly way: Way;
}

export const outputFor = ({ json = false }: GlobalOptions): Output => createOutput(json, process.env);

/** @throws Failure where no relay is known · RanElsewhere */
export const openSession = async (options: GlobalOptions): Promise<Session> => {
  const { env } = process;
  const out = outputFor(options);
  const chosen = chooseProfile(options, env);
  await withCertificates(chosen.profile.caFile);
  if (chosen.isFallback) out.say(out.stderr.palette.dim(`The demo that runs on this machine, ${chosen.profile.url}`));
  const send = undiciSend();
  const person = createPublicClient({ profile: chosen.profile, tokensFile: chosen.tokensFile, send });
  const way: Way = hasBrowser(env) ? 'browser' : 'deviceCode';
  const session = { env, out, send, chosen, person, way };
  const token = apiToken(session);
  return { ...session, token, relay: createRelay({ url: chosen.profile.url, send, token }) };
};

/** What one signs in for. */
export const apiRequest = ({ profile }: Chosen) => ({
  scopes: [apiScope(profile)],
  tenantId: profile.tenant,
  what: `the relay at ${profile.url}`,
  cloud: profile.cloud,
});

const apiToken =
  ({ env, out, chosen, person, way }: Omit<Session, 'relay' | 'token'>) =>
  async (fresh: boolean, claims?: string): Promise<string> => {
    const given = env.XDR_RELAY_TOKEN ?? '';
    if (given !== '') return given;
    const request = { ...apiRequest(chosen), fresh, claims };
    const known = await person.silently(request);
    if (known !== undefined) return known.token;
    // Whoever is asked for another proof does not go on as somebody else.
    const isAsked = claims !== undefined;
    if (chosen.fallbackToken !== undefined && !isAsked) return chosen.fallbackToken();
    if (!chosen.profile.keepsTokens || isAsked) return (await person.byHand(request, way, out.say)).token;
    throw new Failure(`Nobody is signed in to ${chosen.name}.`, { code: 'ERR_TOKEN', cure: 'xdr-relay login' });
  };
