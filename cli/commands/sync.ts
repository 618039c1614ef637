import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { oneLine } from '../../shared/terminal/cells';
import { counted, number, seconds as duration } from '../../shared/terminal/wording';
import { Failure } from '../failure';
import type { Relay } from '../relay/client';
import { findTenantId } from '../relay/findTenant';
import type { RunAnswer } from '../relay/shapes';
import { runShape, startedShape } from '../relay/shapes';
import type { Session } from '../session';
import { openSession } from '../session';
import type { Typed } from './command';
import { act, examples } from './command';
import { wholeNumber } from './incidents';

interface SyncOptions {
  readonly wait?: boolean;
  readonly timeout: number;
}

export const addSyncCommand = (program: Command): void => {
  const command = program
    .command('sync <tenant>')
    .summary('read a tenant now')
    .description('Have a tenant read now; a run that is under way is told instead. Exit code 1 where the run failed.')
    .option('--wait', 'until the run has ended, and show what it did')
    .option('--timeout <seconds>', 'wait no longer', wholeNumber, 600);
  act<SyncOptions>(command, sync);
  examples(command, [
    ['xdr-relay sync contoso', 'ask for it and go on'],
    ['xdr-relay sync contoso --wait', 'and see what came of it'],
  ]);
};

const pollMs = 1_000;
const ended = new Set(['succeeded', 'partial', 'failed']);

const sync = async ({ args, options }: Typed<SyncOptions>): Promise<number> => {
  const { out, relay } = await openSession(options);
  const tenantId = await findTenantId(relay, args[0] ?? '');
  const started = await relay.send('POST', `tenants/${tenantId}/sync`, startedShape);
  if (options.wait !== true) {
    out.answer({ tenantId, ...started }, () => [
      `Run ${started.runId} is ${started.state}. --wait shows what comes of it.`,
    ]);
    return 0;
  }
  const run = await untilEnded({ relay, out, tenantId, runId: started.runId, timeoutMs: options.timeout * 1_000 });
  out.answer({ tenantId, ...run }, () => runLines(run, out));
  return run.state === 'failed' ? 1 : 0;
};

interface Waiting extends Pick<Session, 'out'> {
  readonly relay: Relay;
  readonly tenantId: string;
  readonly runId: string;
  readonly timeoutMs: number;
}

const untilEnded = async ({ relay, out, tenantId, runId, timeoutMs }: Waiting): Promise<RunAnswer> => {
  const begunMs = performance.now();
  let said = '';
  for (;;) {
    const run = await relay.get(`tenants/${tenantId}/runs/${runId}`, runShape);
    if (ended.has(run.state)) return run;
    const passedMs = performance.now() - begunMs;
    if (passedMs > timeoutMs)
      throw new Failure(`Run ${runId} is still ${run.state} after ${duration(passedMs)}.`, {
        code: 'ERR_TIMEOUT',
        cure: 'It goes on by itself; --timeout waits longer.',
      });
    if (out.stderr.isInteractive)
      out.stderr.status(`${run.state}, ${duration(passedMs)}, ${counted(run.counts.listed, 'incident')} listed`);
    else if (said !== run.state) out.say(`Run ${runId} is ${run.state}`);
    said = run.state;
    await pause(pollMs);
  }
};

const runLines = ({ state, seconds, counts, code, reason }: RunAnswer, out: Session['out']): readonly string[] => {
  const { green, yellow, red, dim } = out.stdout.palette;
  const paint = { succeeded: green, partial: yellow, failed: red }[state] ?? dim;
  const { listed, quarantined, calls } = counts;
  const why = [code, reason].filter((part) => part !== null).join(': ');
  return [
    `${paint(state)} in ${duration(seconds * 1_000)}: ${number(listed)} listed, ${number(counts.new)} new, ${number(counts.changed)} changed, ${number(counts.unchanged)} unchanged; ${counted(calls, 'call')}`,
    ...(quarantined > 0
      ? [`${counted(quarantined, 'row')} could not be taken in: xdr-relay tenants show names them`]
      : []),
    ...(state === 'partial' ? ['The allowance of this run was used up; the next run goes on at the same place.'] : []),
    ...(why === '' ? [] : [oneLine(why)]),
  ];
};
