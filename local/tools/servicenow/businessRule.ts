import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createContext, Script } from 'node:vm';

/** A record as a Business Rule sees it. */
export interface RuleRecord {
  readonly table: string;
  readonly values: Readonly<Record<string, string>>;
}

export interface RuleRun {
  readonly operation: 'insert' | 'update' | 'delete';
  readonly current: RuleRecord;
  readonly previous: RuleRecord;
  /** Fields the save changed; journals count where something was written in them. */
  readonly changed: ReadonlySet<string>;
  /** The newest entry of each journal, with the line above it. */
  readonly journals: Readonly<Record<string, string>>;
  /** Of whoever saves. */
  readonly user: { readonly id: string; readonly name: string };
  /** System properties. */
  readonly properties: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

export interface RuleRequest {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The script customers put into their instance: what is proved of the fake is proved of it. */
export const shippedRule = (): string =>
  readFileSync(join(rootOf(__dirname), 'docs/connectors/servicenow/business-rule.js'), 'utf8');

/** Compiled, the same folder lies one deeper. */
const rootOf = (folder: string): string =>
  existsSync(join(folder, 'docs/connectors')) ? folder : rootOf(dirname(folder));

/** Runs a Business Rule over one save, with the few classes of the platform it may use; what it sends comes back instead. */
export const runBusinessRule = (script: string, run: RuleRun): readonly RuleRequest[] => {
  const sent: RuleRequest[] = [];
  new Script(script).runInContext(createContext(platform(run, sent)), { timeout: 1_000 });
  return sent;
};

const platform = (run: RuleRun, sent: RuleRequest[]): object => ({
  current: glideRecord(run, run.current),
  previous: glideRecord(run, run.previous),
  gs: {
    getProperty: (name: string) => run.properties[name] ?? null,
    getUserName: () => run.user.id,
    getUserDisplayName: () => run.user.name,
  },
  GlideDateTime: class {
    getNumericValue(): number {
      return run.nowMs;
    }
    getValue(): string {
      return new Date(run.nowMs).toISOString().slice(0, 19).replace('T', ' ');
    }
  },
  GlideCertificateEncryption: class {
    /** The key in base64, the MAC in base64; refuses characters whose bytes nobody has promised. */
    generateMac(key: string, algorithm: string, content: string): string {
      if (algorithm !== 'HmacSHA256') throw new Error(`unknown algorithm ${algorithm}`);
      if (/[^\0-\x7e]/.test(content)) throw new Error('content is not ASCII');
      return createHmac('sha256', Buffer.from(key, 'base64')).update(content, 'latin1').digest('base64');
    }
  },
  sn_ws: { RESTMessageV2: restMessage(sent) },
});

/** A GlideRecord whose elements know what the save changed. */
const glideRecord = ({ changed, journals, operation }: RuleRun, { table, values }: RuleRecord): object => {
  const known: Record<string, unknown> = {
    getValue: (name: string) => (values[name] === undefined || values[name] === '' ? null : values[name]),
    getTableName: () => table,
    operation: () => operation,
  };
  for (const name of [...Object.keys(values), 'comments', 'work_notes']) {
    known[name] = {
      changes: () => changed.has(name),
      getJournalEntry: () => journals[name] ?? '',
      toString: () => values[name] ?? '',
    };
  }
  return known;
};

const restMessage = (sent: RuleRequest[]) =>
  class {
    private method = '';
    private endpoint = '';
    private body = '';
    private readonly headers: Record<string, string> = {};
    setHttpMethod(method: string): void {
      this.method = method;
    }
    setEndpoint(endpoint: string): void {
      this.endpoint = endpoint;
    }
    setRequestHeader(name: string, value: string): void {
      this.headers[name.toLowerCase()] = value;
    }
    setRequestBody(body: string): void {
      this.body = body;
    }
    setHttpTimeout(timeoutMs: number): void {
      if (!(timeoutMs > 0)) throw new Error('no timeout');
    }
    executeAsync(): void {
      if (this.method.toLowerCase() !== 'post') throw new Error(`method ${this.method}`);
      sent.push({
        endpoint: this.endpoint,
        headers: { 'user-agent': 'ServiceNow/1.0', ...this.headers },
        body: this.body,
      });
    }
  };
