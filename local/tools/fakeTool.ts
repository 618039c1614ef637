/** A comment as the tool keeps it. */
export interface FakeComment {
  readonly text: string;
  readonly visibility: 'internal' | 'public';
  /** The tool's id of whoever wrote it. */
  readonly author: string;
}

/** A ticket as it lies in the tool, read past its API. */
export interface FakeTicket {
  readonly ticketId: string;
  readonly number: string;
  /** What callers wrote where the tool keeps foreign keys; null: nothing. */
  readonly key: string | null;
  readonly title: string;
  /** The tool's own word. */
  readonly status: string;
  /** Oldest first. */
  readonly comments: readonly FakeComment[];
  /** All of it, by the tool's own names. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** How many calls of the API wrote it, making it included. */
  readonly writes: number;
  readonly isDeleted: boolean;
}

/** What a person does to a ticket in the tool. */
export interface FakeChange {
  /** The tool's own word. */
  readonly status?: string;
  readonly comment?: { readonly text: string; readonly visibility: 'internal' | 'public' };
  /** The tool's id of a person; null: nobody. */
  readonly assignee?: string | null;
  readonly resolution?: string;
  readonly isDeleted?: true;
  /** The tool's id of whoever does it; default: some person, never the account of the API. */
  readonly by?: string;
}

/** What the tool does to calls instead of answering them well. */
export interface ToolFault {
  /**
   * `status`: answers so and does nothing · `cutAfterWork`: does the work and closes the connection · `cutBefore`: closes it at once ·
   * `hang`: never answers · `redirect`: 302 to `/redirected`, which counts as a call.
   */
  readonly kind: 'status' | 'cutAfterWork' | 'cutBefore' | 'hang' | 'redirect';
  /** How many calls, default 1. */
  readonly times?: number;
  /** Of `status`, default 500. */
  readonly status?: number;
  /** The `Retry-After` header, as sent. */
  readonly retryAfter?: string;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Only calls it matches, written `POST /path?query`; default all. */
  readonly on?: RegExp;
}

export interface ToolCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Null: none was sent. */
  readonly status: number | null;
}

/** A webhook as it went over the wire. */
export interface SentHook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Of the receiver's answer; null: none came. */
  readonly status: number | null;
}

export interface HookTarget {
  readonly url: string;
  readonly secret: string;
}

/** A ticket tool on the loopback interface: as strict as its documentation, and with webhooks of its own. */
export interface FakeTool {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Oldest first, deleted ones too. */
  tickets(): readonly FakeTicket[];
  /** As a person does in the tool. Ends when the tool's webhook was answered, well or badly; throws where the tool would not allow it. */
  change(ticketId: string, change: FakeChange): Promise<void>;
  calls(): readonly ToolCall[];
  play(fault: ToolFault): void;
  /** Where it sends its webhooks; undefined: nowhere, as in the beginning. */
  onWebhook(target: HookTarget | undefined): void;
  hooks(): readonly SentHook[];
  /** When every webhook under way was answered: those of API calls are sent after the call's answer. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface FakeToolOptions {
  /** What the API takes as credential, in the tool's own form (password, token, key). */
  readonly secret: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}
