import type { Command } from 'commander';
import { addTenantChanges } from './tenantChanges';
import { addTenantCheck } from './tenantCheck';
import { addTenantImport } from './tenantImport';
import { addTenantViews } from './tenantViews';
import { examples } from './command';

export const addTenantCommands = (program: Command): void => {
  const tenants = program
    .command('tenants')
    .helpCommand(false)
    .summary('tenants: list, show, add, remove, check, import')
    .description(
      'The tenants the relay reads. Wherever a tenant is asked for: its id, its name, or the start of its name.',
    );
  examples(tenants, [
    ['xdr-relay tenants list', 'how each does'],
    ['xdr-relay tenants check contoso', 'what works, what is missing and what mends it'],
  ]);
  addTenantViews(tenants);
  addTenantChanges(tenants);
  addTenantCheck(tenants);
  addTenantImport(tenants);
};
