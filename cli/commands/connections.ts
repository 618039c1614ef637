import type { Command } from 'commander';
import { examples } from './command';
import { addConnectionChanges } from './connectionChanges';
import { addConnectionTrials } from './connectionTrials';
import { addConnectionViews } from './connectionViews';

export const addConnectionCommands = (program: Command): void => {
  const connections = program
    .command('connections')
    .helpCommand(false)
    .summary('ticket tools and webhooks: list, show, add, remove, test, rehearse')
    .description(
      "The ticket tools and webhooks that incidents go to. A connection is one tenant's with --tenant, and serves all tenants without.",
    );
  examples(connections, [
    ['xdr-relay connections list --tenant contoso', 'how each fares'],
    ['xdr-relay connections test tickets --tenant contoso', 'a test ticket, there and back'],
  ]);
  addConnectionViews(connections);
  addConnectionChanges(connections);
  addConnectionTrials(connections);
};
