import type { Request } from './answer';
import { ODataError } from './graph/odataError';

/** @throws ODataError 400 for anything but a JSON object said to be one */
export function jsonBody(request: Request): Readonly<Record<string, unknown>> {
  const isJson = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
  try {
    const body: unknown = isJson ? JSON.parse(request.body ?? '') : undefined;
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body };
  } catch {
    // No JSON.
  }
  throw new ODataError(400, 'InvalidRequestBody', 'The request body is incorrect.');
}
