import type { ToolRequest } from './server';

/** The body as JSON object; undefined for anything else, and where it is not said to be JSON. */
export function jsonObject({ headers, body }: ToolRequest): Readonly<Record<string, unknown>> | undefined {
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) return undefined;
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** User and password of `Authorization: Basic`; undefined for anything else. */
export function basicOf({ headers }: ToolRequest): { user: string; password: string } | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/.exec(headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [user = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { user, password: password.join(':') };
}

/** The token of `Authorization: Bearer`; undefined for anything else. */
export const bearerOf = ({ headers }: ToolRequest): string | undefined =>
  /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
