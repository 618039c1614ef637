import { method } from '../../shared/http/method';
import { importBody, importPartnerCustomers, partnerCustomers } from '../../shared/http/tenants/partnerCustomers';
import type { Route } from '../../shared/http/route';
import { route } from '../../shared/http/route';
import { services } from '../services';

export const customers: Route = {
  name: 'partnerCustomers',
  path: 'partner/customers',
  methods: {
    GET: method({
      policy: 'Admin',
      summary: 'The home tenant’s customers by partner relationship (GDAP), until when, and which are registered',
      handler: ({ services: using }) => partnerCustomers(using),
    }),
  },
};

export const customersImport: Route = {
  name: 'partnerCustomersImport',
  path: 'partner/customers/import',
  methods: {
    POST: method({
      policy: 'Admin',
      summary:
        'Registers customers by partner relationship, switched off; all that are not registered yet, or those named',
      body: importBody,
      handler: ({ services: using, body }) => importPartnerCustomers(using, body.tenantIds),
    }),
  },
};

route(services, customers);
route(services, customersImport);
