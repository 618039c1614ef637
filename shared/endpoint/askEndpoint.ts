import { askTenant } from '../incidents/askTenant';
import type { IncomingAnswer } from '../ports';
import type { EndpointAccess } from './endpointAccess';
import { fromEndpointAnswer } from './endpointError';

/** The answer to a GET below `/api/`; undefined for 404. @throws what `fromEndpointAnswer` makes of a refusal · CallsSpent */
export const askEndpoint = async (access: EndpointAccess, path: string): Promise<IncomingAnswer | undefined> => {
  const answer = await askTenant(access, `${access.endpoint}/api/${path}`);
  if (answer.status === 404) return undefined;
  return judged(access, answer);
};

/** @throws AppError for all but 200, 201 and 206 */
export const judged = ({ tenantId, clock }: EndpointAccess, answer: IncomingAnswer): IncomingAnswer => {
  if (answer.status === 200 || answer.status === 201 || answer.status === 206) return answer;
  throw fromEndpointAnswer(answer, tenantId, clock.now());
};
