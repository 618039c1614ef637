import { ContractError } from '../../errors';
import type { Connection } from '../../model/connection';
import type { ConnectorDeps, EventSender } from '../connector';
import { signStandard } from '../signatures/signStandard';
import { outcomeOf } from './outcomeOf';

/** A receiver may take that long. @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (15 to 30 s) */
const timeoutMs = 15_000;

/** CloudEvents 1.0 in structured mode, whose attributes lie in the signed bytes, under Standard Webhooks headers. */
export const webhookSender = ({ connection, secret, signingSecrets, send, clock }: ConnectorDeps): EventSender => ({
  send: async ({ id, body }) => {
    const keys = await signingSecrets();
    const authorization = await authorizationOf(connection, secret);
    const signed = signStandard({ id, body, atMs: clock.now(), keys });
    const answer = await send({
      method: 'POST',
      url: connection.url,
      headers: {
        ...authorization,
        ...signed,
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'user-agent': 'xdr-relay',
      },
      body,
      timeoutMs,
    });
    return outcomeOf(answer, clock.now());
  },
});

/** For receivers behind a gate of their own; the signature is there in any case. */
const authorizationOf = async (
  { auth }: Pick<Connection, 'auth'>,
  secret: ConnectorDeps['secret'],
): Promise<Readonly<Record<string, string>>> => {
  if (auth === undefined) return {};
  if (auth.kind === 'bearer') return { authorization: `Bearer ${await secret()}` };
  if (auth.kind === 'basic') {
    const credentials = Buffer.from(`${auth.user ?? ''}:${await secret()}`).toString('base64');
    return { authorization: `Basic ${credentials}` };
  }
  throw new ContractError('A webhook connection knows basic and bearer alone');
};
