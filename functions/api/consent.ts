import { z } from 'zod';
import type { Answer } from '../../shared/http/answers';
import { created, ok } from '../../shared/http/answers';
import { method } from '../../shared/http/method';
import { pageMethod } from '../../shared/http/pageMethod';
import { tenantInSight } from '../../shared/http/input/pathTenant';
import { problem } from '../../shared/http/problem';
import type { Route } from '../../shared/http/route';
import { route } from '../../shared/http/route';
import { findLink, revokeLink } from '../../shared/onboarding/revokeLink';
import { followLink } from '../../shared/onboarding/followLink';
import { linkBody, makeLink } from '../../shared/onboarding/makeLink';
import { closedLinkPage, outcomePage, tooManyPage } from '../../shared/onboarding/pages';
import { isPersons, personsPage } from '../../shared/onboarding/personsPage';
import { takeCallback } from '../../shared/onboarding/takeCallback';
import { services } from '../services';

export const tenantConsentLinks: Route = {
  name: 'tenantConsentLinks',
  path: 'tenants/{tenantId}/consent-links',
  methods: {
    POST: method({
      policy: 'Admin',
      summary:
        'Makes a link for an administrator of the tenant to consent with: to be mailed, good for days, used up by one success',
      find: tenantInSight,
      body: linkBody,
      handler: async ({ services: using, caller, found: { tenantId }, body }) => {
        const { publicUrl } = using.config;
        if (publicUrl === undefined) return noPublicUrl();
        return created(await makeLink(using, publicUrl, { tenantId, createdBy: caller.objectId, ...body }));
      },
    }),
  },
};

const noPublicUrl = (): Answer =>
  problem({
    title: 'Our own address is not known',
    status: 409,
    code: 'ERR_CONFIG',
    detail:
      'The operator has to set RELAY_PUBLIC_URL to the https address of this app, and to register its /api/consent/callback as a redirect address of the application.',
  });

export const tenantConsentLink: Route = {
  name: 'tenantConsentLink',
  path: 'tenants/{tenantId}/consent-links/{linkId}',
  methods: {
    DELETE: method({
      policy: 'Admin',
      summary: 'Withdraws a consent link: it leads nowhere any more',
      find: findLink,
      handler: async ({ services: using, found }) => ok(await revokeLink(using, found)),
    }),
  },
};

/**
 * The host tries routes in the alphabetical order of their functions' names, not the more special first: this one has to come before
 * `consentLink`, whose template fits as well.
 * @see https://github.com/Azure/azure-functions-host/issues/9876
 */
export const consentCallback: Route = {
  name: 'consentCallback',
  path: 'consent/callback',
  methods: {
    GET: pageMethod({
      summary: 'Where Entra sends an administrator back to; believed only as far as the tenant’s own tokens confirm it',
      query: z.object({
        state: z.string(),
        admin_consent: z.string(),
        tenant: z.string(),
        error: z.string(),
        error_description: z.string(),
      }),
      handler: async ({ services: using, query, context }) => {
        if (isPersons(query)) return personsPage(query);
        const outcome = await takeCallback(using, query);
        const tenantId = outcome.kind === 'ignored' ? undefined : outcome.tenant.tenantId;
        context.info(`Consent answer taken ${JSON.stringify({ outcome: outcome.kind, tenantId })}`);
        return outcomePage(outcome);
      },
    }),
  },
};

export const consentLink: Route = {
  name: 'consentLink',
  path: 'consent/{linkId}',
  methods: {
    GET: pageMethod({
      summary: 'Leads an administrator to Entra’s consent page of the very tenant that the link was made for',
      handler: async ({ services: using, params }) => {
        const followed = await followLink(using, params.linkId);
        if (followed.kind === 'tooMany') return tooManyPage();
        if (followed.kind === 'closed') return closedLinkPage();
        return { status: 302, headers: { location: followed.location, 'referrer-policy': 'no-referrer' } };
      },
    }),
  },
};

route(services, tenantConsentLinks);
route(services, tenantConsentLink);
route(services, consentCallback);
route(services, consentLink);
