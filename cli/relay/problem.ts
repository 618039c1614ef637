import { z } from 'zod';
import type { IncomingAnswer } from '../../shared/ports';
import { Failure } from '../failure';

/** RFC 9457 as the relay answers it; proxies in between answer anything. */
const problemShape = z.looseObject({
  title: z.string(),
  code: z.string().optional(),
  detail: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  cure: z.string().nullish(),
  link: z.string().nullish(),
  traceId: z.string().optional(),
});

/** What a refusal of the relay means for whoever typed the command, with what mends it. */
export const problemFailure = ({ status, headers, body }: IncomingAnswer, url: string): Failure => {
  const problem = problemIn(body);
  if (problem === undefined)
    return new Failure(`${new URL(url).host} answered ${status} and nothing we understand.`, {
      code: `HTTP ${status}`,
      cure:
        status === 404
          ? 'Either this is not the address of a relay, which xdr-relay doctor would tell, or it is of an older release that lacks what was asked.'
          : cures[status],
    });
  const { title, code = `HTTP ${status}`, detail, errors = [], cure, link, traceId } = problem;
  const fields = errors.map(({ field, message }) => `- ${field} ${message}`);
  const trace = status >= 500 && traceId !== undefined ? [`Trace ${traceId} is in the relay's log.`] : [];
  const advice = cure ?? challengeCure(headers['www-authenticate']) ?? cureByCode[code] ?? cures[status];
  return new Failure(sentence(title, detail), {
    code,
    cure: [...fields, ...(advice === undefined ? [] : [advice]), ...trace].join('\n'),
    link: link ?? undefined,
  });
};

const problemIn = (body: string): z.output<typeof problemShape> | undefined => {
  try {
    return problemShape.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
};

const sentence = (title: string, detail: string | undefined): string =>
  detail === undefined ? `${title}.` : `${title}: ${detail}`;

const cures: Readonly<Record<number, string>> = {
  401: 'Sign in: xdr-relay login',
  403: 'Ask whoever runs the relay for the role (scripts/assign-role), then sign in again: xdr-relay login',
  404: 'xdr-relay tenants list shows the tenants in your sight.',
  409: 'Look at it again, then repeat the command.',
  429: 'Wait a minute, then try again.',
  500: 'xdr-relay doctor looks for the reason.',
  503: 'This passes: try again in a minute. If it stays, xdr-relay doctor looks for the reason.',
};

const cureByCode: Readonly<Record<string, string>> = {
  ERR_CONFIG: 'Correct the settings of the app and restart it.',
};

/** Entra wants more of the person than the token at hand shows. */
const challengeCure = (header: string | undefined): string | undefined =>
  header?.includes('insufficient_claims') === true
    ? 'Entra asks for another proof of who you are (a second factor, as a rule): xdr-relay login'
    : undefined;
