import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { oneLine } from '../../shared/terminal/cells';
import { when } from '../print/times';
import { findTenantId } from '../relay/findTenant';
import { consentLinkShape, revokedLinkShape } from '../relay/shapes';
import { openSession } from '../session';
import type { Typed } from './command';
import { act, examples } from './command';

interface LinkOptions {
  readonly registration: string;
  readonly validHours: number;
}

const mostHours = 336;

export const addConsentCommands = (program: Command): void => {
  const consent = program
    .command('consent')
    .helpCommand(false)
    .summary('links that onboard a tenant')
    .description("Links that a tenant's administrator opens to let the relay in.");
  examples(consent, [['xdr-relay consent link contoso', '']]);
  const link = consent
    .command('link <tenant>')
    .summary('a link for its administrator')
    .description(
      "Make a link that can be mailed to the tenant's administrator, who opens it, signs in and accepts. It works once, until it ends.",
    )
    .addOption(
      new Option('--registration <name>', 'what is consented to')
        .choices(['reader', 'writer', 'defender'])
        .default('reader'),
    )
    .option('--valid-hours <n>', `how long it works, ${mostHours} at most`, hours, 168);
  act<LinkOptions>(link, makeLink);
  examples(link, [
    ['xdr-relay consent link contoso', 'good for a week'],
    ['xdr-relay consent link contoso --registration defender --valid-hours 24', ''],
    ['xdr-relay consent link contoso --json | jq -r .url', 'for a mail'],
  ]);
  addRevoke(consent);
};

const addRevoke = (consent: Command): void => {
  const revoke = consent
    .command('revoke <tenant> <link>')
    .summary('withdraw a link')
    .description('Withdraw a link that was made: it leads nowhere any more. Consent that was given by it stays.');
  act(revoke, revokeLink);
  examples(revoke, [['xdr-relay consent revoke contoso 8Kq3…', 'the last part of its address']]);
};

const revokeLink = async ({ args, options }: Typed<object>): Promise<undefined> => {
  const { out, relay } = await openSession(options);
  const [tenant = '', link = ''] = args;
  const tenantId = await findTenantId(relay, tenant);
  const path = `tenants/${tenantId}/consent-links/${encodeURIComponent(link)}`;
  const receipt = await relay.send('DELETE', path, revokedLinkShape);
  out.answer(receipt, () => [`The link leads nowhere any more; it was ${oneLine(receipt.was)}.`]);
  return undefined;
};

const hours = (text: string): number => {
  const value = Number(text);
  if (/^\d{1,3}$/.test(text) && value >= 1 && value <= mostHours) return value;
  throw new InvalidArgumentError(`must be a whole number from 1 to ${mostHours}.`);
};

const makeLink = async ({ args, options }: Typed<LinkOptions>): Promise<undefined> => {
  const { out, relay } = await openSession(options);
  const tenantId = await findTenantId(relay, args[0] ?? '');
  const { registration, validHours } = options;
  const made = await relay.send('POST', `tenants/${tenantId}/consent-links`, consentLinkShape, {
    registration,
    validHours,
  });
  out.answer(made, () => [
    made.url,
    '',
    `For an administrator of the tenant; works once, until ${when(made.expiresAt) ?? made.expiresAt}.`,
    `Then: xdr-relay tenants check ${tenantId}`,
    ...(made.linkId === undefined ? [] : [`To withdraw it: xdr-relay consent revoke ${tenantId} ${made.linkId}`]),
  ]);
  return undefined;
};
