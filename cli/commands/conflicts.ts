import type { Command } from 'commander';
import { words } from '../../shared/terminal/wording';
import type { Column } from '../print/table';
import { table } from '../print/table';
import { when } from '../print/times';
import { findTenantId } from '../relay/findTenant';
import type { JournalAnswer } from '../relay/shapes';
import { journalEntryShape, journalShape } from '../relay/shapes';
import { openSession } from '../session';
import type { Typed } from './command';
import { act, examples } from './command';

/** What people decide on between an incident and its tickets: values that were overruled, and changes that a ticket proposes. */
export const addConflictCommands = (program: Command): void => {
  const conflicts = program
    .command('conflicts')
    .helpCommand(false)
    .summary('what was overruled between incident and ticket: list, reverse')
    .description('Values that one side overruled on the other, and links that were stopped; each can be reversed.');
  examples(conflicts, [['xdr-relay conflicts list contoso 4711', '']]);
  const list = conflicts
    .command('list <tenant> <incident>')
    .summary('of one incident')
    .description('What was overruled or stopped between an incident and its tickets, newest first.');
  act(list, (typed) => listEntries(typed, ({ kind }) => kind !== 'proposal', 'Nothing was overruled.'));
  examples(list, [['xdr-relay conflicts list contoso 4711', '']]);
  const reverse = conflicts
    .command('reverse <tenant> <incident> <entry>')
    .summary('bring the value back')
    .description('Write an overruled value into Defender, whence it goes to the tickets; or let a stopped link go on.');
  act(reverse, decide('conflicts', 'reverse', 'It is reversed.'));
  examples(reverse, [['xdr-relay conflicts reverse contoso 4711 c_9f2e', '']]);

  const proposals = program
    .command('proposals')
    .helpCommand(false)
    .summary('what tickets propose: list, accept, dismiss')
    .description('Changes that a ticket asks for and may not bring about by itself; an analyst decides.');
  examples(proposals, [['xdr-relay proposals accept contoso 4711 p_51ac', '']]);
  const listed = proposals
    .command('list <tenant> <incident>')
    .summary('of one incident')
    .description('What tickets propose for an incident, newest first, with what became of it.');
  act(listed, (typed) => listEntries(typed, ({ kind }) => kind === 'proposal', 'Nothing is proposed.'));
  examples(listed, [['xdr-relay proposals list contoso 4711', '']]);
  const accept = proposals
    .command('accept <tenant> <incident> <entry>')
    .summary('do it in Defender')
    .description('Do in Defender what the ticket proposes, in your name where that can be.');
  act(accept, decide('proposals', 'accept', 'It is done.'));
  examples(accept, [['xdr-relay proposals accept contoso 4711 p_51ac', '']]);
  const dismiss = proposals
    .command('dismiss <tenant> <incident> <entry>')
    .summary('turn it down')
    .description('Turn down what the ticket proposes. Nothing is changed.');
  act(dismiss, decide('proposals', 'dismiss', 'It is turned down.'));
  examples(dismiss, [['xdr-relay proposals dismiss contoso 4711 p_51ac', '']]);
};

const listEntries = async (
  { args, options }: Typed<object>,
  isWanted: (entry: JournalAnswer) => boolean,
  none: string,
): Promise<undefined> => {
  const { out, relay } = await openSession(options);
  const [tenant = '', incidentId = ''] = args;
  const tenantId = await findTenantId(relay, tenant);
  const path = `tenants/${tenantId}/incidents/${encodeURIComponent(incidentId)}`;
  const items = (await relay.get(path, journalShape)).conflicts.filter(isWanted);
  out.answer({ items }, () =>
    items.length === 0 ? [none] : table(items, columns, { width: out.width, palette: out.stdout.palette }),
  );
  return undefined;
};

/** `status: resolved, classification: truePositive`, or the one field and its value. */
const whatOf = ({ field, value, change }: JournalAnswer): string => {
  const changes = change === null ? [[field, value]] : Object.entries(change);
  return changes
    .filter(([name]) => name !== null)
    .map(([name, to]) => `${words(name ?? '')}: ${to ?? 'none'}`)
    .join(', ');
};

const columns: readonly Column<JournalAnswer>[] = [
  {
    head: 'STATE',
    text: ({ state }) => state,
    paint: ({ state }, palette) => (state === 'open' ? palette.yellow : palette.dim),
  },
  { head: 'AT', text: ({ at }) => when(at) },
  { head: 'CONNECTION', text: ({ targetId }) => targetId },
  { head: 'BY', text: ({ actor, side }) => actor ?? side, least: 8 },
  { head: 'WHAT', text: whatOf, least: 16 },
  { head: 'HOLDS', text: ({ holds }) => holds },
  { head: 'ENTRY', text: ({ entryId }) => entryId },
  { head: 'BECAUSE', text: ({ because }) => because, least: 20 },
];

const decide =
  (what: 'conflicts' | 'proposals', verb: string, done: string) =>
  async ({ args, options }: Typed<object>): Promise<undefined> => {
    const { out, relay } = await openSession(options);
    const [tenant = '', incidentId = '', entryId = ''] = args;
    const tenantId = await findTenantId(relay, tenant);
    const incident = `tenants/${tenantId}/incidents/${encodeURIComponent(incidentId)}`;
    const path = `${incident}/${what}/${encodeURIComponent(entryId)}/${verb}`;
    const entry = await relay.send('POST', path, journalEntryShape);
    out.answer(entry, () => [done]);
    return undefined;
  };
