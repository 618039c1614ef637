import type { Received } from '../../../shared/receive/receiveWebhook';
import type { RandomSource } from '../../support/randomSource';
import type { Steps } from '../day/steps';
import type { Timeline } from '../day/timeline';
import type { DeskNews } from './desk';
import type { TicketRates } from './plan';
import type { DeskScheme } from './signing';
import { signedHeaders, withOtherId, withOtherTime } from './signing';
import type { TicketTally } from './ticketFaults';

/** Whoever stands behind the address of the hooks. */
export interface Door {
  readonly steps: Steps;
  receive(hookId: string, headers: Readonly<Record<string, string | undefined>>, body: Buffer): Promise<Received>;
}

/** Who sends: one tool's webhooks to one hook. */
export interface HookSender {
  readonly hookId: string;
  /** Undefined: it has none, and sends nothing. */
  key(): string | undefined;
  readonly scheme: DeskScheme;
  readonly isForgetful: boolean;
  /** False while nobody wants it: removed, or switched off. */
  isServed(): boolean;
}

/** One message of a tool, however often it was sent. */
export interface HookMessage {
  readonly hookId: string;
  readonly id: string;
  readonly news: DeskNews;
  /** Answers that said: accepted, and not known before. */
  accepted: number;
  /** The tool was told that all is well while the connection was on. */
  isTaken: boolean;
  /** The relay could not know the ticket yet when it was told of it: the answer to its creation was lost, and it was not found again yet. */
  isUnheard: boolean;
  /** A state that was seen in the ticket itself when its making had been given up for lost, so that the relay knew no such ticket. */
  isPassedBy: boolean;
}

export interface ShownTicket {
  readonly ticketId: string;
  readonly createdAtMs: number;
}

export interface Hooks {
  readonly messages: readonly HookMessage[];
  /** Broken promises at the door. */
  readonly faults: readonly string[];
  readonly genuine: number;
  readonly forged: number;
  /** Still to be tried. */
  readonly underWay: number;
  send(sender: HookSender, news: DeskNews): void;
  /** The relay was shown what changed in the tool. */
  shown(hookId: string, tickets: readonly ShownTicket[]): void;
  attack(senders: readonly HookSender[]): void;
}

export interface HooksOptions {
  readonly timeline: Timeline;
  readonly random: RandomSource;
  readonly tally: TicketTally;
  readonly rates: TicketRates;
  readonly faultsOn: () => boolean;
  readonly doors: () => readonly Door[];
  readonly onBug: (error: unknown) => void;
  readonly isKnown: (hookId: string, ticketId: string) => boolean;
}

interface Request {
  readonly hookId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** One try to send a message. */
interface Sent extends Request {
  readonly message: HookMessage;
  readonly scheme: DeskScheme;
  /** It was told that this one is in. */
  isAnswered: boolean;
}

const secondMs = 1_000;
/** For so long who looks through a tool waits for a ticket that is there, and whose making had no answer. */
const longestMakingMs = 3_600 * secondMs;
const triesAfterMs: readonly number[] = [5, 30, 120, 600, 3_600, 14_400, 43_200].map((seconds) => seconds * secondMs);

export const createHooks = (options: HooksOptions): Hooks => {
  const { timeline, random, tally, rates, faultsOn, doors, onBug, isKnown } = options;
  const messages: HookMessage[] = [];
  const faults: string[] = [];
  const past: Sent[] = [];
  let [genuine, forged, underWay] = [0, 0, 0];
  const happens = (rate: number): boolean => faultsOn() && random.next() < rate;

  const post = async ({ hookId, headers, body }: Request): Promise<Received | undefined> => {
    await timeline.wait(10 + random.below(200));
    const alive = doors();
    const door = alive[random.below(alive.length)];
    if (door === undefined) return undefined;
    const received = door.receive(hookId, headers, body).catch((error: unknown) => {
      onBug(error);
      return undefined;
    });
    return Promise.race([received, door.steps.died.then(() => undefined)]);
  };
  /** By tries that broke off these told of a ticket that was not known yet: they are in where the next try is a duplicate. */
  const brokenOff = new Set<HookMessage>();
  const note = (message: HookMessage, received: Received | undefined): void => {
    const { deed } = message.news;
    const isUnknown = deed !== undefined && !isKnown(message.hookId, deed.ticketId);
    if (received === undefined && isUnknown) brokenOff.add(message);
    const wasIn = received?.kind === 'duplicate' && message.accepted === 0;
    if (received?.kind !== 'accepted' && !wasIn) return;
    if (isUnknown || (wasIn && brokenOff.has(message))) message.isUnheard = true;
    if (wasIn) return;
    message.accepted += 1;
    if (message.accepted > 1) faults.push(`a message of a tool was taken in twice (${message.id})`);
  };

  const signed = (sender: HookSender, key: string, message: HookMessage): Request => {
    const text = `${JSON.stringify(message.news.body, null, 1)}\n`;
    const headers = signedHeaders(sender.scheme, key, { id: message.id, nowMs: timeline.now(), text });
    return { hookId: sender.hookId, headers, body: Buffer.from(text) };
  };

  const attempt = async (sender: HookSender, message: HookMessage, tries: number): Promise<void> => {
    const key = sender.key();
    if (key === undefined) return;
    const request: Sent = { ...signed(sender, key, message), message, scheme: sender.scheme, isAnswered: false };
    past.push(request);
    let isAcknowledged = false;
    if (happens(rates.hookLost)) tally.hit('36 lost');
    else if (happens(rates.hookHalf)) {
      tally.hit('36 half body');
      // Without its last line break alone a body still tells all.
      await post({ ...request, body: request.body.subarray(0, random.below(request.body.length - 1)) }).then(
        (received) => {
          // A shared secret says nothing of the body, but half of it tells nothing.
          const fine = sender.scheme === 'header' ? ['refused', 'ignored'] : ['refused'];
          if (received !== undefined && !fine.includes(received.kind)) faults.push(`half a body was ${received.kind}`);
        },
      );
    } else isAcknowledged = await whole(sender, message, request);
    if (isAcknowledged || sender.isForgetful) return;
    const again = triesAfterMs[tries];
    if (again !== undefined) later(sender, message, tries + 1, again);
  };

  const whole = async (sender: HookSender, message: HookMessage, request: Sent): Promise<boolean> => {
    const slow = happens(rates.hookLate / 2);
    const travelMs = slow ? random.below(400) * secondMs : 0;
    if (slow) {
      tally.hit('36 late');
      await timeline.wait(travelMs);
    }
    const isTwice = happens(rates.hookTwice);
    if (isTwice) tally.hit('36 twice');
    if (sender.scheme === 'header') tally.hit('weak word');
    const wasServed = sender.isServed();
    const answers = await Promise.all([post(request), ...(isTwice ? [post(request)] : [])]);
    genuine += answers.length;
    for (const received of answers) {
      note(message, received);
      const isFresh = travelMs < 280 * secondMs;
      if (received?.kind === 'refused' && isFresh && wasServed && sender.isServed() && sender.key() !== undefined)
        faults.push(`a genuine message was refused (${message.id})`);
    }
    const isWell = answers.some(
      (received) => received !== undefined && received.kind !== 'refused' && received.kind !== 'tooMany',
    );
    if (answers.some((received) => received?.kind === 'accepted' || received?.kind === 'duplicate')) {
      message.isTaken = true;
      request.isAnswered = true;
    }
    if (isWell && happens(rates.hookAnswerLost)) {
      tally.hit('36 lost');
      return false;
    }
    return isWell;
  };

  const later = (sender: HookSender, message: HookMessage, tries: number, delayMs: number): void => {
    underWay += 1;
    timeline.at(timeline.now() + delayMs, () => {
      attempt(sender, message, tries)
        .catch(onBug)
        .finally(() => {
          underWay -= 1;
        });
    });
  };

  const forge = (target: HookSender, others: readonly HookSender[]): Request => {
    const base = past[random.below(past.length)];
    const text =
      base?.body.toString('utf8') ??
      '{"type":"ticket.closed","ticketId":"T1","status":"resolved","occurredAt":"2026-11-20T12:00:00Z"}';
    const id = `forged_${forged}`;
    const strangers = `whsec_${Buffer.alloc(32, random.below(256)).toString('base64')}`;
    const other = others.find((one) => one !== target && one.key() !== undefined && one.key() !== target.key())?.key();
    const by = (key: string, hookId = target.hookId): Request => ({
      hookId,
      headers: signedHeaders(target.scheme, key, { id, nowMs: timeline.now(), text }),
      body: Buffer.from(text),
    });
    switch (random.below(7)) {
      case 0:
        return by(strangers);
      case 1:
        return by(other ?? strangers);
      case 2:
        return { ...by(strangers), headers: { 'webhook-id': id, 'x-github-delivery': id } };
      case 3:
        return by(strangers, 'f'.repeat(32));
      case 4:
        return by('whsec_');
      case 5:
        // Signed well, and then something was changed that reads the same. A shared secret signs nothing: who has it may say anything.
        return base === undefined || base.scheme === 'header'
          ? by(strangers)
          : { ...base, body: Buffer.from(JSON.stringify(JSON.parse(text))) };
      default: {
        const headers = base && withOtherTime(base.scheme, base.headers);
        return base === undefined || headers === undefined ? by(strangers) : { ...base, headers };
      }
    }
  };

  return {
    messages,
    faults,
    get genuine() {
      return genuine;
    },
    get forged() {
      return forged;
    },
    get underWay() {
      return underWay;
    },
    send: (sender, news) => {
      if (sender.key() === undefined) return;
      const message: HookMessage = {
        hookId: sender.hookId,
        id: `msg_${messages.length + 1}`,
        news,
        accepted: 0,
        isTaken: false,
        isUnheard: false,
        isPassedBy: false,
      };
      messages.push(message);
      const isLate = happens(rates.hookLate);
      if (isLate) tally.hit('36 late');
      later(sender, message, 0, 100 + random.below(500) + (isLate ? random.below(1_500) * secondMs : 0));
    },
    shown: (hookId, tickets) => {
      for (const { ticketId, createdAtMs } of tickets) {
        if (isKnown(hookId, ticketId) || timeline.now() - createdAtMs <= longestMakingMs) continue;
        for (const message of messages) {
          const { deed } = message.news;
          if (message.hookId === hookId && deed?.ticketId === ticketId && deed.status !== undefined)
            message.isPassedBy = true;
        }
      }
    },
    attack: (senders) => {
      const target = senders[random.below(senders.length)];
      if (target === undefined) return;
      const known = past[past.length - 1 - random.below(Math.min(past.length, 20))];
      if (known !== undefined && random.next() < 0.4) {
        tally.hit('36 replayed');
        // A try of Zendesk's that never came is another message by all that is signed of it: its time, and its body.
        const isReplay = known.scheme !== 'zendesk' || known.isAnswered;
        const renamed =
          random.next() < 0.5 && isReplay
            ? withOtherId(known.scheme, known.headers, `again_${past.length}`)
            : undefined;
        post({ ...known, headers: renamed ?? known.headers }).then((received) => note(known.message, received), onBug);
        return;
      }
      tally.hit('36 forged');
      forged += 1;
      const request = forge(target, senders);
      post(request).then((received) => {
        if (received === undefined || received.kind === 'refused' || received.kind === 'tooMany') return;
        faults.push(`a forged message was ${received.kind} (${request.headers['webhook-id'] ?? ''})`);
      }, onBug);
    },
  };
};
