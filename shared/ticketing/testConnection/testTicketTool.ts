import { UpstreamError } from '../../errors';
import type { Connection } from '../../model/connection';
import type { Tenant } from '../../model/tenant';
import type { TicketContent, TicketRef } from '../../model/ticket';
import type { Connector } from '../connector';
import { closingOf } from '../rules/closing';
import { ownNote } from '../rules/outgoingComments';
import { spokenContent } from '../rules/spokenContent';
import { isDone } from '../rules/status';
import { testIncident } from './testIncident';
import type { TestStep, TestStepName } from './testStep';
import { failed, failedBy, held, notTried } from './testStep';

export interface TicketToolTest {
  readonly steps: readonly TestStep[];
  /** Null: none was made. */
  readonly ticket: (TicketRef & { readonly isClosed: boolean }) | null;
}

export interface TicketToolAsked {
  readonly connector: Connector;
  readonly connection: Connection;
  readonly tenant: Pick<Tenant, 'tenantId' | 'name' | 'groups' | 'attributes'>;
  /** A fresh one: what an earlier test left behind is not found. */
  readonly key: string;
  /** ISO 8601 UTC. */
  readonly now: string;
  readonly pause: (ms: number) => Promise<unknown>;
}

/** Some tools take a moment until what they accepted is there. */
const looks = 5;
const betweenMs = 1_000;

/**
 * A ticket's whole life in the tool: made by the connection's own mapping, found by its key, commented, changed and closed. Whatever
 * fails on the way, a ticket that was made is closed in the end, or named.
 */
export const testTicketTool = async (asked: TicketToolAsked): Promise<TicketToolTest> => {
  const { connector, key } = asked;
  const account = await tried('account', async () => {
    const { id, name } = await connector.whoAmI();
    return name === null || name === id ? id : `${name} (${id})`;
  });
  const made = await make(asked);
  if (made.ref === undefined) {
    const others = (['find', 'comment', 'update', 'resolve'] as const).map((step) =>
      notTried(step, 'No ticket was made.'),
    );
    return { steps: [account, made.step, ...others], ticket: null };
  }
  const { ref } = made;
  const find = await tried('find', async () => {
    const found = await again(
      asked,
      () => connector.find(key),
      (each) => each !== undefined,
    );
    if (found?.ticketId === ref.ticketId) return found.number;
    return failed(
      'find',
      found === undefined ? 'The ticket is not found by the key it was made with.' : 'Another ticket has its key.',
      'Without this a ticket may be made twice: does the account see the field the key is kept in?',
    );
  });
  const note = ownNote(asked.connection, 'A comment of the connection test.');
  const comment = await tried('comment', () => connector.update(ref.ticketId, { key, comments: [note] }));
  const update = await tried('update', () =>
    connector.update(ref.ticketId, { key, status: 'inProgress', comments: [] }),
  );
  const resolve = await tried('resolve', () => close(asked, ref));
  const isClosed = resolve.ok === true;
  return {
    steps: [account, made.step, find, comment, update, isClosed ? resolve : byHand(resolve, ref)],
    ticket: { ...ref, isClosed },
  };
};

/** What `work` answers is told as detail, or is the step itself. */
const tried = async (step: TestStepName, work: () => Promise<unknown>): Promise<TestStep> => {
  try {
    const told = await work();
    if (typeof told === 'object' && told !== null) return told as TestStep;
    return held(step, typeof told === 'string' ? told : null);
  } catch (error) {
    return failedBy(step, error);
  }
};

const make = async (
  asked: TicketToolAsked,
): Promise<{ readonly step: TestStep; readonly ref: TicketRef | undefined }> => {
  const { connector, key } = asked;
  try {
    const ref = await connector.create(contentOf(asked));
    return { step: held('create', ref.number), ref };
  } catch (error) {
    const step = failedBy('create', error);
    // The answer may have been lost after the work was done: such a ticket has to be closed, too.
    const ref = error instanceof UpstreamError ? await quietly(() => connector.find(key)) : undefined;
    return { step, ref };
  }
};

const quietly = async <T>(work: () => Promise<T | undefined>): Promise<T | undefined> => {
  try {
    return await work();
  } catch {
    return undefined;
  }
};

/** As an incident would become a ticket, with a title nobody can mistake. */
const contentOf = ({ connection, tenant, key, now }: TicketToolAsked): TicketContent => {
  const content = spokenContent({ connection, tenant, incident: testIncident(now) });
  return {
    ...content,
    key,
    title: `[TEST] xdr-relay: ${content.title}`,
    description: `This ticket was made by a test of the connection, and is closed by it.\n\n${content.description}`,
    status: 'new',
    incidentUrl: null,
    comments: [],
  };
};

const close = async (asked: TicketToolAsked, { ticketId }: TicketRef): Promise<TestStep | string> => {
  const { connector, connection, key, now } = asked;
  const { header } = testIncident(now);
  const verdict = { classification: 'informationalExpectedActivity', determination: 'securityTesting' };
  const closing = closingOf(connection, { ...header, ...verdict, status: 'resolved' });
  await connector.update(ticketId, { key, status: 'resolved', ...closing, comments: [] });
  const seen = await again(
    asked,
    () => connector.read(ticketId),
    (each) => each === undefined || isDone(each.status),
  );
  if (seen !== undefined && isDone(seen.status)) return seen.rawStatus;
  const state = seen === undefined ? 'cannot be read' : `is still in the state ${seen.rawStatus}`;
  return failed(
    'resolve',
    `The tool took the change, but the ticket ${state}.`,
    'Which fields does the tool want in a closed ticket? mapping.closeCodes and mapping.settings give them.',
  );
};

const again = async <T>(
  { pause }: TicketToolAsked,
  look: () => Promise<T>,
  isEnough: (found: T) => boolean,
): Promise<T> => {
  for (let looked = 1; ; looked += 1) {
    const found = await look();
    if (isEnough(found) || looked >= looks) return found;
    await pause(betweenMs);
  }
};

const byHand = (step: TestStep, { number, url }: TicketRef): TestStep => ({
  ...step,
  cure: `${step.cure ?? ''} Close the ticket ${number} by hand${url === null ? '' : `: ${url}`}`.trim(),
});
