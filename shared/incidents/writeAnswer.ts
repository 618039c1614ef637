import type { AppError } from '../errors';
import { ConflictError, NotFoundError, RequestError } from '../errors';
import type { IncomingAnswer } from '../ports';
import { refusalWordsIn } from './errorEnvelope';

type Refusal = (answer: IncomingAnswer, tenantId: string, nowMs: number) => AppError;

/** Who writes to what. */
export interface WriteContext {
  readonly api: string;
  readonly tenantId: string;
  readonly incidentId: string;
  readonly nowMs: number;
  /** What every other answer means, as for those who read. */
  readonly refused: Refusal;
}

/**
 * The answer to a change, where it was taken. A 400 is about what was asked for: the other side's own words are left out, because they may
 * quote it.
 * @throws NotFoundError (no such incident) · RequestError (the change is refused) · ConflictError · what `refused` makes of the rest
 */
export const writtenAnswer = (
  answer: IncomingAnswer,
  { api, tenantId, incidentId, nowMs, refused }: WriteContext,
): IncomingAnswer => {
  const { status } = answer;
  if (status === 200 || status === 201) return answer;
  if (status === 404) throw new NotFoundError(`${api} knows no such incident`, { tenantId, incidentId });
  if (status === 400 || status === 422)
    throw new RequestError(`${api} refuses the change`, [
      { field: 'body', message: `is refused by ${api}: ${refusalWordsIn(answer.body).code.slice(0, 100) || status}` },
    ]);
  if (status === 409 || status === 412)
    throw new ConflictError(`${api} says that the incident is being changed`, { tenantId, incidentId });
  throw refused(answer, tenantId, nowMs);
};

/**
 * Makes a write under each of the names a value may have, until one is taken: Microsoft's pages name four determinations differently, and
 * which name is taken shows only when it is tried. What is refused was not done.
 */
export const firstTaken = async <Body, T>(bodies: readonly Body[], write: (body: Body) => Promise<T>): Promise<T> => {
  let refusal: unknown;
  for (const body of bodies)
    try {
      return await write(body);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      // The first one's words are about the change as it was asked for.
      refusal ??= error;
    }
  throw refusal;
};
