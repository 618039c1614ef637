import { z } from 'zod';
import type { Method, Policy } from './method';
import type { Route } from './route';

type Schema = Readonly<Record<string, unknown>>;

const problem: Schema = {
  type: 'object',
  required: ['title', 'status', 'code'],
  properties: {
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { field: { type: 'string' }, message: { type: 'string' } } },
    },
    traceId: { type: 'string' },
  },
};

/** OpenAPI 3.1 of `routes`, made from the very schemas that check requests. */
export const openApi = (routes: readonly Route[]): Schema => ({
  openapi: '3.1.0',
  info: { title: 'xdr-relay', version: '1' },
  servers: [{ url: '/api' }],
  paths: Object.fromEntries(routes.map((route) => [`/${route.path}`, pathItem(route)])),
  components: {
    schemas: { Problem: problem },
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
  },
});

const pathItem = ({ name, path, methods }: Route): Schema =>
  Object.fromEntries(
    Object.entries(methods).map(([verb, method]) => [
      verb.toLowerCase(),
      operation(`${verb.toLowerCase()}-${name}`, path, method),
    ]),
  );

const operation = (operationId: string, path: string, { policy, summary, query, body, pages }: Method): Schema => ({
  operationId,
  summary,
  ...securityOf(policy),
  parameters: [...pathParameters(path), ...queryParameters(query)],
  ...(body === undefined
    ? {}
    : { requestBody: { required: true, content: { 'application/json': { schema: inputOf(body) } } } }),
  responses: pages === true ? pageResponses : jsonResponses,
});

const securityOf = (policy: Policy): Schema => {
  if (policy === 'anonymous') return { security: [] };
  if (policy === 'state')
    return { description: 'For browsers: needs no token, but a link or a one-time state of ours.', security: [] };
  if (policy === 'signature')
    return { description: 'For tools: needs no token, but their signature over the body.', security: [] };
  return { description: `Needs the app role Relay.${policy}.`, security: [{ bearer: [] }] };
};

const jsonResponses: Schema = {
  '2XX': { description: 'Done', content: { 'application/json': {} } },
  default: {
    description: 'Refused or failed',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  },
};

const pageResponses: Schema = {
  302: { description: 'The way goes on at Entra' },
  default: { description: 'A page that says how things stand', content: { 'text/html': {} } },
};

const pathParameters = (path: string): readonly Schema[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));

const queryParameters = (query: z.ZodType): readonly Schema[] =>
  Object.entries(propertiesOf(inputOf(query))).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema,
  }));

/** What a caller may send, before defaults and conversions. */
const inputOf = (schema: z.ZodType): Schema => ({ ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) });

const propertiesOf = ({ properties }: Schema): Schema =>
  typeof properties === 'object' && properties !== null ? { ...properties } : {};
