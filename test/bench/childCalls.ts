import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { interrupt, track } from '../../local/childProcess';

/** What a child answers, by name. */
export type Calls = Readonly<Record<string, (input: never) => Promise<unknown>>>;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

type Reply = { readonly id: number } & (
  { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly message: string }
);

/** The child's side: answers each call and ends with its parent. */
export const serveCalls = (calls: Calls): void => {
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole process group; the parent decides when this one ends.
  process.on('SIGINT', () => undefined);
  process.on('message', (message) => {
    const { id, name, input } = message as Question;
    const work = async (): Promise<unknown> => calls[name]?.(input as never);
    const reply = (sent: Reply): void => void process.send?.(sent);
    work().then(
      (result) => reply({ id, ok: true, result }),
      (error: unknown) =>
        reply({ id, ok: false, message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
};

type ResultOf<Call> = Call extends (input: never) => Promise<infer Result> ? Result : never;

export interface CallableChild<C extends Calls> {
  readonly pid: number;
  call<Name extends keyof C & string>(name: Name, input: Parameters<C[Name]>[0]): Promise<ResultOf<C[Name]>>;
  stop(): Promise<void>;
}

/** Starts the built file `entry`, which calls `serveCalls`, as a process of its own. */
export const forkCalls = <C extends Calls>(
  entry: string,
  env: Readonly<Record<string, string>>,
  execArgv: readonly string[] = [],
): CallableChild<C> => {
  const child = fork(entry, [], { env: { PATH: process.env.PATH, ...env }, execArgv: [...execArgv] });
  track(child);
  const waiting = new Map<number, (reply: Reply) => void>();
  child.on('message', (message) => {
    const reply = message as Reply;
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  child.once('exit', () => {
    for (const [id, heard] of waiting) heard({ id, ok: false, message: `${entry} ended` });
  });
  let last = 0;
  return {
    pid: child.pid ?? 0,
    call: async <Name extends keyof C & string>(name: Name, input: Parameters<C[Name]>[0]) => {
      const id = ++last;
      const reply = await new Promise<Reply>((heard) => {
        waiting.set(id, heard);
        child.send({ id, name, input } satisfies Question);
      });
      if (!reply.ok) throw new Error(`${name}: ${reply.message}`);
      return reply.result as ResultOf<C[Name]>;
    },
    stop: () => endByDisconnect(child),
  };
};

const patienceMs = 5_000;

const endByDisconnect = async (child: ChildProcess): Promise<void> => {
  if (child.connected) child.disconnect();
  await new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    const timer = setTimeout(() => void interrupt(child, patienceMs).then(resolve), patienceMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
  });
};
