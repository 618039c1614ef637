import type { Command } from 'commander';
import { cell, oneLine, widthOf, wrap } from '../../shared/terminal/cells';
import { words } from '../../shared/terminal/wording';
import { findTenantId } from '../relay/findTenant';
import type { CheckAnswer } from '../relay/shapes';
import { checkShape } from '../relay/shapes';
import type { Session } from '../session';
import { openSession } from '../session';
import type { Typed } from './command';
import { act, examples } from './command';

export const addTenantCheck = (tenants: Command): void => {
  const check = tenants
    .command('check <tenant>')
    .summary('what works, what is missing, what mends it')
    .description(
      'Try every API and context of a tenant step by step, from registration to one read call, and name the cure of the first step that fails. A blocked tenant that works again is read at once. Exit code 1 where something the tenant is read with failed; the rest is for what may be turned on.',
    );
  act(check, checkTenant);
  examples(check, [['xdr-relay tenants check contoso', '']]);
};

type Result = CheckAnswer['results'][number];
type Step = Result['steps'][number];

const checkTenant = async ({ args, options }: Typed<object>): Promise<number> => {
  const { out, relay } = await openSession(options);
  const tenantId = await findTenantId(relay, args[0] ?? '');
  out.stderr.status('Every API is asked once …');
  const answer = await relay.send('POST', `tenants/${tenantId}/check`, checkShape);
  out.answer(answer, () => lines(answer.results, out));
  return answer.results.some((result) => result.needed && failedStep(result) !== undefined) ? 1 : 0;
};

const failedStep = ({ steps }: Result): Step | undefined => steps.find(({ ok }) => ok === false);

const lines = (results: readonly Result[], out: Session['out']): readonly string[] => {
  if (results.length === 0) return ['Nothing applies to this tenant.'];
  const { dim, bold } = out.stdout.palette;
  const names = results.map(({ api, context, registration }) => [api, context, registration].map(oneLine));
  const widths = [0, 1, 2].map((at) => Math.max(...names.map((name) => widthOf(name[at] ?? ''))));
  return results.flatMap((result, index) => {
    const title = (names[index] ?? []).map((text, at) => cell(text, widths[at] ?? 0)).join('  ');
    const shown = result.needed ? bold(title) : dim(title);
    const told = result.steps.filter(isTold);
    return [
      `${shown}  ${result.steps.map((step) => markOf(step, out)).join('  ')}`,
      ...told.flatMap((step) => why(step, out)),
    ];
  });
};

/** It failed, or held with a remark; of what was not reached only the failure before it tells. */
const isTold = ({ ok, cause, cure }: Step): boolean =>
  ok === false || (ok === true && ((cause ?? null) !== null || (cure ?? null) !== null));

const markOf = (step: Step, { stdout }: Session['out']): string => {
  const { green, yellow, red, dim } = stdout.palette;
  const name = oneLine(words(step.step));
  if (step.ok === true) return isTold(step) ? yellow(`! ${name}`) : green(`✓ ${name}`);
  return step.ok === false ? red(`✗ ${name}`) : dim(`· ${name}`);
};

const why = ({ cause, code, raw, cure, link }: Step, out: Session['out']): readonly string[] => {
  const { dim } = out.stdout.palette;
  const width = Math.min(out.width, 110) - 4;
  const said = raw ?? code ?? '';
  const shownCode = said === '' ? '' : ` (${said})`;
  return [
    ...wrap(oneLine(`${cause ?? 'It failed.'}${shownCode}`), width),
    ...(cure === null || cure === undefined ? [] : wrap(oneLine(cure), width)),
    ...(link === null || link === undefined ? [] : [dim(oneLine(link))]),
  ].map((line) => `    ${line}`);
};
