import type { FakeTicket, FakeTool, FakeToolOptions, ToolFault } from '../../../local/tools/fakeTool';
import { ContractError, TargetError, ThrottledError, UpstreamError } from '../../../shared/errors';
import type { AppError, TargetReason } from '../../../shared/errors';
import type { Connection } from '../../../shared/model/connection';
import type { TicketChange, TicketContent, TicketEvent, TicketRef } from '../../../shared/model/ticket';
import type { IncomingAnswer, Send } from '../../../shared/ports';
import { undiciSend } from '../../../shared/send';
import type { Connector, ToolDefinition } from '../../../shared/ticketing/connector';
import { verifySignature } from '../../../shared/ticketing/signatures/verifySignature';
import type { HookReceiver } from './hookReceiver';
import { startHookReceiver } from './hookReceiver';

/** What differs from tool to tool; the rest is the same promise for all. */
export interface ConnectorContract {
  readonly definition: Extract<ToolDefinition, { delivers: 'state' }>;
  readonly start: (options: FakeToolOptions) => Promise<FakeTool>;
  /** Of the fake at this address, where it differs from the usual one: auth, mapping, filters … */
  readonly connection: (url: string) => Partial<Connection>;
  /** What fake and connector know each other by. */
  readonly secret: string;
  /** Keys the connector may sign or send with (`outbound.secret`); default none. */
  readonly signingSecrets?: readonly string[];
  /** That webhooks are signed with, in the form the scheme wants. */
  readonly hookSecret: string;
  /** Of the same form, but another. */
  readonly otherHookSecret: string;
  /** The tool's id of the account the connector writes as. */
  readonly account: string;
  /** The tool's id of a person tickets can be given to; undefined: owners are not written. */
  readonly person?: string;
  /** The tool's own words, as `FakeTool.change` takes them. */
  readonly words: {
    readonly inProgress: string;
    readonly resolved: string;
    /** What a person has to pass from `inProgress` to `resolved`; default nothing. */
    readonly between?: readonly string[];
    /** Of a ticket at work again after it was resolved. */
    readonly reopened: string;
    /** Told when it is resolved; undefined: the tool has none. */
    readonly resolution?: string;
    /** After which nothing can be changed any more; undefined: the tool has none. */
    readonly final?: string;
  };
  /** The most UTF-16 units of a title the tool takes. */
  readonly titleLimit: number;
  /** Whether a resolved ticket can be opened again; default as its definition says. */
  readonly reopens?: boolean;
  /** What tells that a ticket is gone, default 404: some say that, too, to an account that lost its right. */
  readonly goneStatus?: number;
  /** Its lists are arrays, and no object holds them. */
  readonly listsBare?: true;
  /** How many calls that write an update takes; default one, whatever is in it. */
  readonly writesOf?: (change: TicketChange) => number;
  /** How the tool shows a comment or title it keeps; default: as it is. */
  readonly shown?: (kept: string) => string;
  /** What has to hold of every text the tool keeps, besides. */
  readonly isHarmless?: (ticket: FakeTicket) => void;
  /** What the tool can do; default all of it. */
  readonly can?: {
    /** Comments of this visibility can be written. */
    readonly internal?: boolean;
    readonly public?: boolean;
    /** Its webhooks tell that a ticket was deleted. */
    readonly tellsDeleted?: boolean;
    /** Its webhooks name whoever did it. */
    readonly tellsActor?: boolean;
    /** Its webhooks carry the text of comments. */
    readonly tellsComments?: boolean;
    /** Comments are listed, because its webhooks come once or never. */
    readonly listsComments?: boolean;
    /** Its webhooks tell whom a ticket was given to. */
    readonly tellsAssignee?: boolean;
    /** Whoever a ticket was given to can be taken out of it. */
    readonly beNobodys?: boolean;
    /** Title and description can be changed later. */
    readonly edits?: boolean;
    /** Tickets can be deleted. */
    readonly deletes?: boolean;
    /** A comment whose write went unanswered is not written again. */
    readonly knowsComments?: boolean;
    /** `find` and `changedSince` see deleted tickets no more. */
    readonly forgets?: boolean;
  };
}

const tenantId = '0f9d3a52-7a30-4f8e-9d0c-3a4b5c6d7e8f';
export const keyOfTest = `${tenantId}:10233`;

export const contentOf = (over: Partial<TicketContent> = {}): TicketContent => ({
  key: keyOfTest,
  title: 'Multi-stage incident on one endpoint',
  description: 'Two alerts.\nOpen it in Microsoft Defender.',
  severity: 'high',
  status: 'new',
  tags: ['vip', 'ring 1'],
  incidentUrl: 'https://security.microsoft.com/incidents/10233',
  fields: {},
  comments: [],
  ...over,
});

export const changeOf = (over: Partial<TicketChange> = {}): TicketChange => ({ key: keyOfTest, comments: [], ...over });

/** As delivery writes it: the marker is the last line. */
export const commentOf = (text: string, visibility: 'internal' | 'public', writeId = 'p00112233aabbccdd') => ({
  writeId,
  text: `${text}\n[xdr-relay:${writeId}]`,
  visibility,
});

/** Zero-width characters break markup and are not seen. */
const asSeen = (text: string): string => text.replace(/[\u200b-\u200d\u2060\ufeff]/g, '');

const attacks: Readonly<Record<string, string>> = {
  html: '<img src=x onerror=alert(1)> & <script>alert(2)</script> "quoted"',
  'ServiceNow code tags': '[code]<a href="https://evil.example">Sign in</a>[/code]',
  markdown: '[click](https://evil.example) ![x](https://evil.example/p.png) **bold** `code` # title',
  'wiki markup': '{html}<b>x</b>{html} [x|https://evil.example] !https://evil.example/p.png! {code}x{code}',
  ADF: '{"type":"doc","version":1,"content":[{"type":"mediaSingle"}]}',
  template: '{{attributes.secret}} ${process.env} <%= 1 %> javascript:gs.log(1)',
  mention: '@everyone @admin [~accountid:5b10] #1 GH-1 octo/repo#2',
  emoji: 'Ransomware 🧨👨‍👩‍👧 on host',
};

/** The contract every connector keeps, proved against a strict fake of its tool over HTTP. */
export const describeConnector = (contract: ConnectorContract): void => {
  const { definition, words, account, person, hookSecret, titleLimit } = contract;
  const {
    reopens = definition.reopens,
    shown = (kept: string) => kept,
    writesOf = () => 1,
    isHarmless = () => undefined,
  } = contract;
  const can = {
    internal: true,
    public: true,
    tellsDeleted: true,
    tellsActor: true,
    tellsComments: true,
    listsComments: false,
    tellsAssignee: true,
    beNobodys: true,
    edits: true,
    deletes: true,
    knowsComments: true,
    forgets: true,
    ...contract.can,
  };
  const visibilities = (['internal', 'public'] as const).filter((each) => can[each]);
  const someVisibility = visibilities[0] ?? 'public';
  let tool: FakeTool;
  let receiver: HookReceiver;
  let connector: Connector;
  let nowMs: number;

  const connectionTo = (url: string): Connection => ({
    scope: tenantId,
    connectionId: 'tickets',
    tool: definition.tool,
    enabled: true,
    audience: 'customer',
    since: '2026-11-01T00:00:00.0000000Z' as Connection['since'],
    backlog: 'none',
    url,
    inbound: {
      scheme: definition.schemes[0]!,
      closes: { upTo: 'high', else: 'propose' },
      reopens: true,
      comments: 'all',
    },
    outbound: { events: ['created', 'updated', 'resolved', 'reopened', 'merged'], comments: 'all', as: 'internal' },
    filters: {},
    mapping: {},
    ownership: { status: 'latest', classification: 'latest', determination: 'latest', assignedTo: 'latest' },
    contract: { send: [] },
    settleSeconds: 0,
    excludeTenants: [],
    hookId: '00112233445566778899aabbccddeeff',
    createdAt: '2026-11-01T00:00:00.000Z',
    ...contract.connection(url),
  });

  const connect = (send: Send): Connector =>
    definition.connect({
      connection: connectionTo(tool.url),
      secret: () => Promise.resolve(contract.secret),
      signingSecrets: () => Promise.resolve(contract.signingSecrets ?? []),
      send,
      clock: { now: () => nowMs, elapsedMs: () => nowMs },
    });

  const overHttp = undiciSend();
  /** The real thing, but nobody waits 15 s for a fake that hangs. */
  const send: Send = (request) => overHttp({ ...request, timeoutMs: Math.min(request.timeoutMs, 400) });

  beforeEach(async () => {
    nowMs = Date.parse('2026-11-20T12:00:00.000Z');
    // Each look at the clock is a second later, so that no two changes are of one moment.
    tool = await contract.start({ secret: contract.secret, now: () => (nowMs += 1_000) });
    receiver = await startHookReceiver();
    connector = connect(send);
  });
  afterEach(async () => {
    await receiver.stop();
    await tool.stop();
  });

  const ticketOf = ({ ticketId }: Pick<TicketRef, 'ticketId'>): FakeTicket => {
    const found = tool.tickets().find((ticket) => ticket.ticketId === ticketId);
    if (found === undefined) throw new Error(`the fake has no ticket ${ticketId}`);
    return found;
  };
  const texts = (ref: TicketRef): readonly string[] => ticketOf(ref).comments.map(({ text }) => asSeen(shown(text)));
  const failure = async (work: Promise<unknown>): Promise<AppError> => {
    const outcome = await work.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    if ('value' in outcome) throw new Error(`it went well: ${JSON.stringify(outcome.value)}`);
    return outcome.error as AppError;
  };

  describe('a ticket', () => {
    test('the account we write as is known', async () => {
      expect(await connector.whoAmI()).toMatchObject({ id: account });
    });

    test('the settings of a connection are those its definition takes', () => {
      const { mapping } = connectionTo('https://tool.example');
      expect(definition.settings.safeParse(mapping.settings ?? {})).toMatchObject({ success: true });
      expect(definition.settings.safeParse({ ...mapping.settings, noSuchSetting: 'x' })).toMatchObject({
        success: false,
      });
    });

    test('is made once by one call, says what it should, and is found by its key alone', async () => {
      expect(await connector.find(keyOfTest)).toBeUndefined();
      const ref = await connector.create(contentOf());
      expect(tool.tickets()).toHaveLength(1);
      expect(ticketOf(ref)).toMatchObject({ key: keyOfTest, writes: 1, number: ref.number });
      expect(asSeen(shown(ticketOf(ref).title))).toContain('Multi-stage incident on one endpoint');
      expect(await connector.find(keyOfTest)).toEqual(ref);
      for (const similar of [`${keyOfTest}:2`, `${keyOfTest}4`, keyOfTest.slice(0, -1), `${tenantId}:`]) {
        expect(await connector.find(similar)).toBeUndefined();
      }
    });

    test('of another key is never taken for ours, whatever a look-up returns', async () => {
      const otherKey = `${tenantId}:99`;
      const other = await connector.create(contentOf({ key: otherKey }));
      const answers: IncomingAnswer[] = [];
      const recording = connect(async (request) => {
        const answer = await send(request);
        answers.push(answer);
        return answer;
      });
      expect(await recording.find(otherKey)).toEqual(other);
      const replayed = [...answers];
      const replaying = connect((request) => {
        const answer = replayed.shift();
        return answer === undefined ? send(request) : Promise.resolve(answer);
      });
      const found = await replaying.find(keyOfTest).catch((error: unknown) => error);
      if (found instanceof Error) expect(found).toBeInstanceOf(ContractError);
      else expect(found).toBeUndefined();
      expect(replayed).toEqual([]);
    });

    test('made by a call whose answer was lost is found, and is one', async () => {
      tool.play({ kind: 'cutAfterWork', on: /^POST (?!\/oauth_token)/ });
      expect(await failure(connector.create(contentOf()))).toBeInstanceOf(UpstreamError);
      const found = await connector.find(keyOfTest);
      expect(found).toMatchObject({ ticketId: tool.tickets()[0]!.ticketId });
      expect(tool.tickets()).toHaveLength(1);
    });

    test('of each opening has its own key', async () => {
      const first = await connector.create(contentOf());
      const second = await connector.create(contentOf({ key: `${keyOfTest}:2` }));
      expect(second.ticketId).not.toBe(first.ticketId);
      expect(await connector.find(keyOfTest)).toEqual(first);
      expect(await connector.find(`${keyOfTest}:2`)).toEqual(second);
    });

    test('can be made with its state, owner and comments at once', async () => {
      const comments = visibilities.map((each, at) => commentOf(`First ${each} words`, each, `p00112233aabbccd${at}`));
      const ref = await connector.create(
        contentOf({ status: 'inProgress', comments, ...(person !== undefined && { assignee: person }) }),
      );
      expect(await connector.read(ref.ticketId)).toMatchObject({
        key: keyOfTest,
        status: 'inProgress',
        ...(person !== undefined && { assignee: person }),
      });
      for (const each of visibilities) {
        const kept = ticketOf(ref).comments.find(({ text }) => asSeen(shown(text)).includes(`First ${each} words`));
        expect(kept).toMatchObject({ visibility: each, author: account });
      }
    });

    test('takes all that changed', async () => {
      const ref = await connector.create(contentOf());
      const change = changeOf({
        ...(can.edits && { title: 'Another title', description: 'Three alerts.' }),
        severity: 'medium',
        tags: ['vip'],
        status: 'inProgress',
        ...(person !== undefined && { assignee: person }),
        comments: visibilities.map((each, at) => commentOf(`Seen by ${each}`, each, `p00112233aabbccd${at}`)),
      });
      const before = ticketOf(ref).writes;
      await connector.update(ref.ticketId, change);
      expect(ticketOf(ref).writes - before).toBe(writesOf(change));
      if (can.edits) expect(asSeen(shown(ticketOf(ref).title))).toContain('Another title');
      expect(await connector.read(ref.ticketId)).toMatchObject({
        status: 'inProgress',
        ...(person !== undefined && { assignee: person }),
      });
      for (const each of visibilities) expect(texts(ref).join('\n')).toContain(`Seen by ${each}`);
    });

    if (person !== undefined && can.beNobodys) {
      test('is nobody’s once a change says so', async () => {
        const ref = await connector.create(contentOf({ assignee: person }));
        expect(await connector.read(ref.ticketId)).toMatchObject({ assignee: person });
        await connector.update(ref.ticketId, changeOf({ assignee: null }));
        expect(await connector.read(ref.ticketId)).toMatchObject({ assignee: null });
      });
    }

    test('keeps what a change does not name', async () => {
      const ref = await connector.create(
        contentOf({ status: 'inProgress', ...(person !== undefined && { assignee: person }) }),
      );
      const { title } = ticketOf(ref);
      const snapshot = await connector.read(ref.ticketId);
      await connector.update(ref.ticketId, changeOf({ comments: [commentOf('Only words', someVisibility)] }));
      expect(ticketOf(ref).title).toBe(title);
      expect(await connector.read(ref.ticketId)).toMatchObject({
        status: snapshot!.status,
        assignee: snapshot!.assignee,
      });
    });

    test.each(visibilities)('keeps a %s comment as that, with our marker as its last line', async (visibility) => {
      const ref = await connector.create(contentOf());
      const { writeId, ...comment } = commentOf(
        'Contained the host.',
        visibility,
        // What was for the staff alone never goes out as public.
        visibility === 'internal' ? 'i0123456789abcdef' : 'p0123456789abcdef',
      );
      await connector.update(ref.ticketId, changeOf({ comments: [{ writeId, ...comment }] }));
      const kept = ticketOf(ref).comments.find(({ text }) => text.includes('Contained'));
      expect(kept).toMatchObject({ visibility, author: account });
      expect(asSeen(shown(kept!.text)).trimEnd().split('\n').at(-1)).toBe(`[xdr-relay:${writeId}]`);
    });

    if (can.knowsComments) {
      test('takes each comment once, however often its answer is lost', async () => {
        const ref = await connector.create(contentOf());
        const comments = visibilities.map((each, at) => commentOf(`Once ${each}`, each, `p00112233aabbccd${at}`));
        const change = changeOf({ status: 'inProgress', comments });
        tool.play({ kind: 'cutAfterWork', times: 3, on: /^(?:POST|PUT|PATCH) (?!\/oauth_token)/ });
        expect(await failure(connector.update(ref.ticketId, change))).toBeInstanceOf(UpstreamError);
        // Where nothing is left to write, nothing is left to be lost.
        for (let tries = 1; tries < 4; tries += 1) {
          await connector.update(ref.ticketId, change).catch((error: unknown) => {
            expect(error).toBeInstanceOf(UpstreamError);
          });
        }
        const all = texts(ref).join('\n');
        for (const { writeId } of comments) expect(all.split(`[xdr-relay:${writeId}]`)).toHaveLength(2);
        expect(await connector.read(ref.ticketId)).toMatchObject({ status: 'inProgress' });
      });
    }

    test('is resolved, and resolving it again changes nothing that matters', async () => {
      const ref = await connector.create(contentOf({ status: 'inProgress' }));
      const change = changeOf({ status: 'resolved', closeNote: 'Classified as true positive: malware.' });
      const before = ticketOf(ref).writes;
      await connector.update(ref.ticketId, change);
      expect(ticketOf(ref).writes - before).toBe(writesOf(change));
      expect(await connector.read(ref.ticketId)).toMatchObject({ status: 'resolved' });
      await connector.update(ref.ticketId, change);
      expect(await connector.read(ref.ticketId)).toMatchObject({ status: 'resolved' });
      expect(tool.tickets()).toHaveLength(1);
    });

    test(reopens ? 'is opened again' : 'that is resolved stays so', async () => {
      const ref = await connector.create(contentOf({ status: 'inProgress' }));
      await connector.update(ref.ticketId, changeOf({ status: 'resolved', closeNote: 'Done.' }));
      const reopening = connector.update(ref.ticketId, changeOf({ status: 'inProgress' }));
      if (reopens) {
        await reopening;
        expect(await connector.read(ref.ticketId)).toMatchObject({ status: 'inProgress' });
        return;
      }
      expect(await failure(reopening)).toMatchObject({ code: 'ERR_TARGET', reason: 'ticketClosed' });
      expect(await connector.read(ref.ticketId)).toMatchObject({ status: 'resolved' });
    });

    if (words.final !== undefined) {
      test('that is closed for good says so', async () => {
        const ref = await connector.create(contentOf());
        await tool.change(ref.ticketId, { status: words.resolved, ...resolution(contract) });
        await tool.change(ref.ticketId, { status: words.final! });
        const reopening = connector.update(ref.ticketId, changeOf({ status: 'inProgress' }));
        expect(await failure(reopening)).toMatchObject({ code: 'ERR_TARGET', reason: 'ticketClosed' });
        expect(await connector.read(ref.ticketId)).toMatchObject({ ticketId: ref.ticketId, rawStatus: words.final });
      });
    }

    test('is read as it is now, under a version that grows', async () => {
      const ref = await connector.create(contentOf());
      const first = await connector.read(ref.ticketId);
      expect(first).toMatchObject({ ...ref, key: keyOfTest, status: 'new', assignee: null });
      await tool.change(ref.ticketId, {
        status: words.inProgress,
        ...(person !== undefined && { assignee: person }),
      });
      const second = await connector.read(ref.ticketId);
      expect(second).toMatchObject({
        status: 'inProgress',
        rawStatus: words.inProgress,
        ...(person !== undefined && { assignee: person }),
      });
      expect(isLater(second!.version, first!.version)).toBe(true);
      expect(Date.parse(second!.updatedAt)).toBeGreaterThan(Date.parse(first!.updatedAt));
      expect(second!.updatedAt).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/);
    });

    test('changed since then is listed, oldest first, and others are not', async () => {
      const refs: TicketRef[] = [];
      for (const each of [1, 2, 3]) refs.push(await connector.create(contentOf({ key: `${tenantId}:${each}` })));
      nowMs += 3_600_000;
      const since = new Date(nowMs).toISOString();
      nowMs += 60_000;
      await tool.change(refs[2]!.ticketId, { status: words.inProgress });
      nowMs += 60_000;
      await tool.change(refs[0]!.ticketId, { status: words.inProgress });
      nowMs += 60_000;
      const listed = await connector.changedSince(since);
      expect(listed.map(({ ticketId, key, status }) => ({ ticketId, key, status }))).toEqual([
        { ticketId: refs[2]!.ticketId, key: `${tenantId}:3`, status: 'inProgress' },
        { ticketId: refs[0]!.ticketId, key: `${tenantId}:1`, status: 'inProgress' },
      ]);
    });

    if (can.deletes) {
      test('that was deleted is gone for reading, writing and finding', async () => {
        const ref = await connector.create(contentOf());
        await tool.change(ref.ticketId, { isDeleted: true });
        expect(await connector.read(ref.ticketId)).toBeUndefined();
        expect(await failure(connector.update(ref.ticketId, changeOf({ status: 'resolved' })))).toMatchObject({
          code: 'ERR_TARGET',
          reason: 'ticketGone',
        });
        if (can.forgets) expect(await connector.find(keyOfTest)).toBeUndefined();
      });
    }

    test('that never was is gone, and its id reaches no other path', async () => {
      for (const ticketId of ['999999', '../../user', 'x?y=z', '%2e%2e%2f']) {
        const calls = tool.calls().length;
        expect(await connector.read(ticketId)).toBeUndefined();
        for (const { path } of tool.calls().slice(calls)) expect(path).not.toMatch(/\/user$|\?y=z|\.\./);
      }
    });
  });

  describe('faults', () => {
    const all = { times: 50 } satisfies Partial<ToolFault>;
    const operations: Readonly<Record<string, (ref: TicketRef) => Promise<unknown>>> = {
      whoAmI: () => connector.whoAmI(),
      find: () => connector.find(keyOfTest),
      create: () => connector.create(contentOf({ key: `${keyOfTest}:2` })),
      update: ({ ticketId }) =>
        connector.update(ticketId, changeOf({ status: 'resolved', comments: [commentOf('x', someVisibility)] })),
      read: ({ ticketId }) => connector.read(ticketId),
      changedSince: () => connector.changedSince('2026-11-20T00:00:00.000Z'),
      ...(can.listsComments && {
        commentsSince: ({ ticketId }: TicketRef) => connector.commentsSince!(ticketId, '2026-11-20T00:00:00.000Z'),
      }),
    };
    const names = Object.keys(operations);
    const under = async (name: string, fault: ToolFault): Promise<AppError> => {
      const ref = await connector.create(contentOf({ status: 'inProgress' }));
      tool.play({ ...all, ...fault });
      return failure(operations[name]!(ref));
    };

    test.each(names)('%s waits as long as a 429 says', async (name) => {
      const error = await under(name, { kind: 'status', status: 429, retryAfter: '37' });
      expect(error).toMatchObject({ code: 'ERR_THROTTLED', retryAfterMs: 37_000 });
    });

    test('a 429 without a wait waits a while, and a date is a wait too', async () => {
      const plain = throttled(await under('find', { kind: 'status', status: 429, times: 1 }));
      expect(plain.retryAfterMs).toBeGreaterThanOrEqual(1_000);
      const inTwoMinutes = new Date(nowMs + 120_000).toUTCString();
      tool.play({
        kind: 'status',
        status: 429,
        retryAfter: inTwoMinutes,
        headers: { date: new Date(nowMs).toUTCString() },
      });
      const dated = throttled(await failure(connector.find(keyOfTest)));
      expect(dated.retryAfterMs).toBeGreaterThan(100_000);
      expect(dated.retryAfterMs).toBeLessThan(140_000);
    });

    test.each(names)('%s that meets an outage may be tried again', async (name) => {
      expect(await under(name, { kind: 'status', status: 502, body: '<html>Bad gateway</html>' })).toBeInstanceOf(
        UpstreamError,
      );
    });

    test.each(names)('%s whose connection is cut may be tried again', async (name) => {
      expect(await under(name, { kind: 'cutBefore' })).toBeInstanceOf(UpstreamError);
    });

    test.each([408, 425, 500, 503, 504])('%i is passing', async (status) => {
      expect(await under('read', { kind: 'status', status })).toBeInstanceOf(UpstreamError);
    });

    test('a tool that never answers is given up', async () => {
      expect(await under('find', { kind: 'hang' })).toBeInstanceOf(UpstreamError);
    });

    test.each<[number, TargetReason]>([
      [400, 'refused'],
      [401, 'credential'],
      [403, 'credential'],
      [404, 'refused'],
      [410, 'gone'],
      [413, 'tooLarge'],
      [422, 'refused'],
    ])('making a ticket answered by %i is refused for good: %s', async (status, reason) => {
      const error = await under('create', { kind: 'status', status, body: {} });
      expect(error).toBeInstanceOf(TargetError);
      expect(error).toMatchObject({ reason, status });
    });

    test.each<[number, TargetReason]>([
      [400, 'refused'],
      [401, 'credential'],
      [403, 'credential'],
      [contract.goneStatus ?? 404, 'ticketGone'],
      [413, 'tooLarge'],
    ])('changing a ticket answered by %i is refused for good: %s', async (status, reason) => {
      expect(await under('update', { kind: 'status', status, body: {} })).toMatchObject({ code: 'ERR_TARGET', reason });
    });

    test.each(names)('%s follows no redirect', async (name) => {
      expect(await under(name, { kind: 'redirect' })).toBeInstanceOf(TargetError);
      expect(tool.calls().filter(({ path }) => path.startsWith('/redirected'))).toEqual([]);
    });

    test.each(names)('%s takes no answer it does not understand', async (name) => {
      const ref = await connector.create(contentOf({ status: 'inProgress' }));
      for (const body of ['<html>Sign in</html>', '[1,2', { unexpected: true }, [], 'null', '7']) {
        // To one that lists without an envelope, this is an honest answer: nothing.
        if (contract.listsBare === true && Array.isArray(body)) continue;
        const answering = connect(() =>
          Promise.resolve({
            status: 200,
            headers: {},
            body: typeof body === 'string' ? body : JSON.stringify(body),
          }),
        );
        const usual = connector;
        connector = answering;
        const outcome = await operations[name]!(ref).then(
          () => 'done',
          (error: unknown) => error,
        );
        connector = usual;
        // A write may be told done by its status alone; what is read out of an answer may not.
        if (name !== 'update') expect(outcome).toBeInstanceOf(ContractError);
        else if (outcome !== 'done') expect(outcome).toBeInstanceOf(ContractError);
      }
    });

    test.each(names)('%s tells no secret in its errors', async (name) => {
      for (const status of [400, 401, 500]) {
        const error = await under(name, { kind: 'status', status, times: 50, body: { error: 'no' } });
        expect(JSON.stringify(error) + error.message + String(error.stack)).not.toContain(contract.secret);
        await tool.stop();
        tool = await contract.start({ secret: contract.secret, now: () => (nowMs += 1_000) });
        connector = connect(send);
      }
    });

    test('no call carries a secret in its address', async () => {
      const ref = await connector.create(contentOf());
      await connector.whoAmI();
      await connector.find(keyOfTest);
      await connector.update(ref.ticketId, changeOf({ status: 'inProgress' }));
      for (const { path } of tool.calls()) expect(decodeURIComponent(path)).not.toContain(contract.secret);
    });

    test('a wrong credential is told as that', async () => {
      const wrong = definition.connect({
        connection: connectionTo(tool.url),
        secret: () => Promise.resolve('not-the-secret'),
        signingSecrets: () => Promise.resolve(contract.signingSecrets ?? []),
        send,
        clock: { now: () => nowMs, elapsedMs: () => nowMs },
      });
      expect(await failure(wrong.whoAmI())).toMatchObject({ code: 'ERR_TARGET', reason: 'credential' });
    });
  });

  describe('texts of attackers', () => {
    test.each(Object.entries(attacks))('%s arrives as plain text', async (_, text) => {
      const ref = await connector.create(
        contentOf({ title: text, description: text, comments: [commentOf(text, someVisibility)] }),
      );
      const kept = ticketOf(ref);
      expect(asSeen(shown(kept.title))).toContain(asSeen(text).slice(0, 40));
      expect(texts(ref).join('\n')).toContain(asSeen(text));
      isHarmless(kept);
      const again = commentOf(`Again: ${text}`, someVisibility, 'p0011223344556677');
      await connector.update(ref.ticketId, changeOf({ comments: [again] }));
      expect(texts(ref).join('\n')).toContain(`Again: ${asSeen(text)}`);
      isHarmless(ticketOf(ref));
    });

    test('control characters and lone surrogates are left out, line ends are not', async () => {
      const nasty = 'a\u0000b\u0007c\u001b[31md\ud800e\u202ef\r\ng\u0085h';
      const ref = await connector.create(
        contentOf({ title: nasty, description: nasty, comments: [commentOf(nasty, someVisibility)] }),
      );
      const kept = ticketOf(ref);
      const stored = [kept.title, ...kept.comments.map(({ text }) => text), JSON.stringify(kept.fields)].join(' ');
      expect(stored).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202e]/);
      expect(stored.isWellFormed()).toBe(true);
      expect(stored).not.toMatch(/\\u0000|\\u0007|\\u001b|\\ud800/i);
      expect(kept.title).not.toMatch(/[\r\n]/);
      expect(texts(ref).join('\n')).toMatch(/f\n+g/);
    });

    test('titles of 100 KB are cut to what the tool takes, and are never empty', async () => {
      const ref = await connector.create(contentOf({ title: '🧨'.repeat(25_000), description: 'd'.repeat(100_000) }));
      expect(ticketOf(ref).title.length).toBeLessThanOrEqual(titleLimit);
      expect(ticketOf(ref).title.length).toBeGreaterThan(20);
      expect(ticketOf(ref).title.isWellFormed()).toBe(true);
      const empty = await connector.create(contentOf({ key: `${tenantId}:5`, title: '\u0000 \n', description: '' }));
      expect(ticketOf(empty).title.trim()).not.toBe('');
    });

    test('a comment of 100 KB keeps its marker', async () => {
      const ref = await connector.create(contentOf());
      const comment = commentOf('<x>'.repeat(33_000), someVisibility, 'p0000000000000001');
      await connector.update(ref.ticketId, changeOf({ comments: [comment] }));
      expect(texts(ref).at(-1)!.trimEnd().endsWith('[xdr-relay:p0000000000000001]')).toBe(true);
    });
  });

  describe('webhooks', () => {
    const heard = async (act: () => Promise<unknown>): Promise<readonly TicketEvent[]> => {
      const before = receiver.received().length;
      await act();
      await tool.settled();
      return receiver
        .received()
        .slice(before)
        .flatMap(({ headers, body }) => {
          const scheme = definition.schemes[0]!;
          // Signed by the tool's clock, which is ours here.
          const signed = { headers, body, nowMs };
          expect(verifySignature(scheme, { ...signed, keys: [hookSecret] })).toMatchObject({ ok: true });
          expect(verifySignature(scheme, { ...signed, keys: [contract.otherHookSecret] })).toMatchObject({ ok: false });
          const tampered = Buffer.from(body);
          tampered[tampered.length - 1] = 0x20;
          expect(verifySignature(scheme, { ...signed, body: tampered, keys: [hookSecret] })).toMatchObject({
            ok: false,
          });
          return definition.fromTicket(JSON.parse(body.toString('utf8')));
        });
    };
    let ref: TicketRef;
    beforeEach(async () => {
      tool.onWebhook({ url: receiver.url, secret: hookSecret });
      ref = await connector.create(contentOf());
      await tool.settled();
    });
    const usual = () => ({
      ticketId: ref.ticketId,
      ...(can.tellsActor ? { actor: expect.objectContaining({ id: expect.any(String) as string }) as unknown } : {}),
      occurredAt: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/) as string,
      version: expect.any(String) as string,
    });
    const firstOf = (events: readonly TicketEvent[], kinds: readonly TicketEvent['kind'][]) =>
      events.find(({ kind }) => kinds.includes(kind));

    test('tell that somebody took it up, closed it, and opened it again', async () => {
      const taken = await heard(() => tool.change(ref.ticketId, { status: words.inProgress }));
      expect(firstOf(taken, ['updated'])).toMatchObject({ ...usual(), status: 'inProgress' });
      for (const status of words.between ?? []) await tool.change(ref.ticketId, { status });
      const closed = await heard(() => tool.change(ref.ticketId, { status: words.resolved, ...resolution(contract) }));
      expect(firstOf(closed, ['closed'])).toMatchObject({ ...usual(), status: 'resolved', ...resolution(contract) });
      if (reopens) {
        const opened = await heard(() => tool.change(ref.ticketId, { status: words.reopened }));
        expect(firstOf(opened, ['reopened', 'updated'])).toMatchObject({
          ...usual(),
          status: expect.stringMatching(/^(new|inProgress)$/) as string,
        });
      }
      for (const events of [taken, closed]) {
        if (can.tellsActor) for (const { actor } of events) expect(actor?.id).not.toBe(account);
      }
      const versions = [...taken, ...closed].map(({ version }) => version!);
      expect(isLater(versions.at(-1)!, versions[0]!)).toBe(true);
    });

    if (can.tellsComments) {
      test.each(visibilities)(
        'tell a %s comment with its words, and nothing of the marker is lost',
        async (visibility) => {
          const text = 'Häst 🐎 <b>\nsecond line [xdr-relay:p00112233aabbccdd]';
          const events = await heard(() => tool.change(ref.ticketId, { comment: { text, visibility } }));
          const event = firstOf(events, ['commented']);
          expect(event).toMatchObject({ ...usual(), comment: { visibility } });
          expect(event!.comment!.text.trim()).toBe(text);
        },
      );
    }

    if (can.listsComments) {
      test.each(visibilities)('and the list of its comments tell the same of a %s one', async (visibility) => {
        await connector.update(ref.ticketId, changeOf({ comments: [commentOf('Ours', someVisibility)] }));
        await tool.settled();
        nowMs += 60_000;
        const since = new Date(nowMs).toISOString();
        const text = 'Häst 🐎 <b>\nsecond line';
        const events = await heard(() => tool.change(ref.ticketId, { comment: { text, visibility } }));
        const { comment, actor, occurredAt } = firstOf(events, ['commented'])!;
        const listed = await connector.commentsSince!(ref.ticketId, since);
        expect(listed).toMatchObject([{ id: comment!.id, text: comment!.text, visibility, author: { id: actor!.id } }]);
        expect(Math.abs(Date.parse(listed[0]!.at) - Date.parse(occurredAt))).toBeLessThan(2_000);
        const all = await connector.commentsSince!(ref.ticketId, '2026-11-20T00:00:00.000Z');
        expect(all.map(({ author }) => author?.id)).toEqual([account, actor!.id]);
        expect(await connector.commentsSince!('../../user', since)).toEqual([]);
      });
    }

    if (person !== undefined && can.tellsAssignee) {
      test('tell whom it was given to', async () => {
        const given = await heard(() => tool.change(ref.ticketId, { assignee: person }));
        expect(given.some(({ assignee }) => assignee === person)).toBe(true);
        const taken = await heard(() => tool.change(ref.ticketId, { assignee: null }));
        expect(taken.some(({ assignee }) => assignee === null)).toBe(true);
      });
    }

    if (can.tellsDeleted) {
      test('tell that it was deleted', async () => {
        const events = await heard(() => tool.change(ref.ticketId, { isDeleted: true }));
        expect(firstOf(events, ['deleted'])).toMatchObject({ ticketId: ref.ticketId });
      });
    }

    test('of our own writes name our account, or are not sent', async () => {
      const events = await heard(() =>
        connector.update(
          ref.ticketId,
          changeOf({ status: 'inProgress', comments: [commentOf('Ours', someVisibility)] }),
        ),
      );
      if (can.tellsActor) for (const { actor } of events) expect(actor?.id).toBe(account);
      for (const { comment } of events) {
        if (comment !== undefined) expect(comment.text).toContain('[xdr-relay:p00112233aabbccdd]');
      }
    });

    test('carry fields we do not know without harm, and kinds we do not know are nothing', async () => {
      await heard(() => tool.change(ref.ticketId, { status: words.inProgress }));
      const body = JSON.parse(receiver.received().at(-1)!.body.toString('utf8')) as Record<string, unknown>;
      const known = definition.fromTicket(body);
      expect(definition.fromTicket({ ...body, somethingNew: { deep: [1, null] } })).toEqual(known);
    });

    test.each([null, undefined, 7, 'text', [], {}, { type: 7 }, { event: null }, [[]]].map((body) => ({ body })))(
      'without sense ($body) are a ContractError',
      ({ body }) => {
        let thrown: unknown;
        try {
          definition.fromTicket(body);
        } catch (error) {
          thrown = error;
        }
        expect(thrown).toBeInstanceOf(ContractError);
      },
    );
  });
};

const resolution = ({ words }: ConnectorContract): { readonly resolution?: string } =>
  words.resolution === undefined ? {} : { resolution: words.resolution };

const throttled = (error: AppError): ThrottledError => {
  if (error instanceof ThrottledError) return error;
  throw error;
};

/** Versions are numbers or texts. */
const isLater = (one: string, other: string): boolean =>
  /^\d+$/.test(one) && /^\d+$/.test(other) ? BigInt(one) > BigInt(other) : one > other;
