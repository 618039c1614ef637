import { Command, Option } from 'commander';
import { examples } from './commands/command';
import { addConflictCommands } from './commands/conflicts';
import { addConnectionCommands } from './commands/connections';
import { addConsentCommands } from './commands/consent';
import { addCoverageCommand } from './commands/coverage';
import { addDeliveryCommands } from './commands/deliveries';
import { addDoctorCommand } from './commands/doctor';
import { addIncidentCommands } from './commands/incidents';
import { addProfileCommands } from './commands/profiles';
import { addSignInCommands } from './commands/signIn';
import { addSyncCommand } from './commands/sync';
import { addTenantCommands } from './commands/tenants';
import { addTokenCommand } from './commands/token';
import { addUsageCommand } from './commands/usage';

/** The whole command line, nothing run yet. Every end is thrown as a CommanderError, and told on stderr before. */
export const createProgram = (version: string): Command => {
  const program = new Command('xdr-relay')
    .description("The command line of xdr-relay: what its API offers, and what shows why a tenant's door is shut.")
    .version(version, '--version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .addHelpCommand(new Command('help').argument('[command]').description('show help').helpGroup('Help:'))
    .addOption(new Option('--profile <name>', 'speak to this relay (default: the one in use)'))
    .addOption(new Option('--demo', 'speak to the demo that npm start runs on this machine'))
    .addOption(new Option('--json', 'the answer as JSON on stdout'))
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(--help says what it takes)')
    .exitOverride();
  examples(program, [
    ['xdr-relay --demo tenants list', 'with npm start running in another terminal'],
    ['xdr-relay login', 'sign in, once a profile is added'],
    ['xdr-relay incidents list --sort severity', 'the most urgent first'],
    ['xdr-relay tenants check contoso', 'what works, what is missing and what mends it'],
  ]);
  program.addHelpText(
    'after',
    '\nExit code: 0 done · 1 it did not work, or the answer is no · 2 wrongly written · 130 ended by Ctrl-C\nXDR_RELAY_PROFILE names the profile, XDR_RELAY_TOKEN gives a token in place of signing in.',
  );

  program.commandsGroup('Relays and sign-in:');
  addSignInCommands(program);
  addProfileCommands(program);
  program.commandsGroup('Tenants:');
  addTenantCommands(program);
  addConsentCommands(program);
  addSyncCommand(program);
  program.commandsGroup('What is stored:');
  addIncidentCommands(program);
  addCoverageCommand(program);
  addUsageCommand(program);
  program.commandsGroup('Tickets:');
  addConnectionCommands(program);
  addDeliveryCommands(program);
  addConflictCommands(program);
  program.commandsGroup('What is wrong:');
  addTokenCommand(program);
  addDoctorCommand(program);
  return program;
};
