import { ok } from '../../shared/http/answers';
import { method } from '../../shared/http/method';
import { openApi } from '../../shared/http/openApi';
import type { Route } from '../../shared/http/route';
import { registeredRoutes, route } from '../../shared/http/route';
import { services } from '../services';

export const openApiDocument: Route = {
  name: 'openApiDocument',
  path: 'openapi.json',
  methods: {
    GET: method({
      policy: 'Reader',
      summary: 'This document',
      handler: () => Promise.resolve(ok(openApi(registeredRoutes()))),
    }),
  },
};

route(services, openApiDocument);
