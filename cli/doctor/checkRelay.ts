import { z } from 'zod';
import { messageOf } from '../../shared/errors';
import type { IncomingAnswer } from '../../shared/ports';
import { Failure, failureOf } from '../failure';
import { unreachable } from '../relay/client';
import { problemFailure } from '../relay/problem';
import { readinessShape } from '../relay/shapes';
import type { Session } from '../session';
import { checkClock } from './checkClock';
import type { Finding } from './finding';
import { failed, fine, skipped } from './finding';

const timeoutMs = 30_000;
const healthy = z.looseObject({ status: z.string() });

/** The relay of the profile: whether it answers, whether it takes us in, and what it says of itself. */
export const checkRelay = async (session: Session): Promise<readonly Finding[]> => {
  const { url } = session.chosen.profile;
  const sentMs = Date.now();
  let answer: IncomingAnswer;
  try {
    answer = await session.send({ method: 'GET', url: `${url}/api/health`, headers: {}, timeoutMs });
  } catch (error) {
    const { message, code, cure } = unreachable(url, error);
    return [failed('relay', `${message} (${code ?? ''})`, cure), skipped('relay itself', 'It cannot be asked.')];
  }
  const clock = checkClock('clock by relay', answer.headers.date, sentMs, Date.now());
  const isUp = answer.status === 200 && healthy.safeParse(jsonOf(answer.body)).success;
  if (!isUp) {
    const { message, code, cure } = problemFailure(answer, url);
    return [failed('relay', `${message} (${code ?? answer.status})`, cure), clock];
  }
  return [fine('relay', `${url} is up.`), clock, ...(await readiness(session))];
};

const readiness = async ({ chosen, send, token }: Session): Promise<readonly Finding[]> => {
  const { url } = chosen.profile;
  try {
    const headers = { authorization: `Bearer ${await token(false)}` };
    const answer = await send({ method: 'GET', url: `${url}/api/health/ready`, headers, timeoutMs });
    const told = readinessShape.safeParse(jsonOf(answer.body));
    // Not ready is 503 with the same body.
    if (!told.success) return [asFinding('sign-in', problemFailure(answer, url))];
    return [
      fine('sign-in', 'The relay takes your token.'),
      ...told.data.checks.map(({ name, ok, detail, cure }) =>
        ok ? fine(`relay: ${name}`, detail) : failed(`relay: ${name}`, detail, cure ?? undefined),
      ),
      ...told.data.warnings.map(({ name, detail, cure }) => ({
        name: `relay: ${name}`,
        verdict: 'warning' as const,
        detail,
        cure: cure ?? undefined,
      })),
    ];
  } catch (error) {
    return [asFinding('sign-in', failureOf(error))];
  }
};

export const asFinding = (name: string, failure: Failure): Finding =>
  failed(name, failure.code === undefined ? failure.message : `${failure.message} (${failure.code})`, failure.cure);

export const asFailedFinding = (name: string, error: unknown, cure: string): Finding =>
  error instanceof Failure ? asFinding(name, error) : failed(name, messageOf(error), cure);

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};
