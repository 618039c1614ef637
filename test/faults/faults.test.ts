import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defects } from './defects';
import type { Report } from './report';

/** What `npm run faults -- --short` finds; a failing run still tells. */
const shortRun = async (): Promise<Report> => {
  const words = [join(__dirname, 'main.cjs'), '--short', '--json'];
  const run = promisify(execFile)(process.execPath, words, { maxBuffer: 64 * 1024 * 1024 });
  const { stdout } = await run.catch((error: unknown) => error as { readonly stdout: string });
  return JSON.parse(stdout) as Report;
};

describe('a hundred days of faults', () => {
  let report: Report;
  beforeAll(async () => {
    report = await shortRun();
  }, 600_000);

  it('break no promise', () => {
    expect(report.failed).toEqual([]);
    expect(report.total.days).toBeGreaterThanOrEqual(100);
    expect(report.total).toMatchObject({ lost: 0, overclaims: 0, regressions: 0, foreignRows: 0 });
    expect(report.total).toMatchObject({
      foreignCalls: 0,
      insideWait: 0,
      untoldWaits: 0,
      overLimit: 0,
      stalledTenants: 0,
      hungRuns: 0,
    });
  });

  it('hold thousands of versions and faults', () => {
    expect(report.total.versions).toBeGreaterThan(5_000);
    expect(Object.values(report.total.faults).reduce((a, b) => a + b, 0)).toBeGreaterThan(2_000);
  });

  it('survive a death before, during and after every call of a port', () => {
    expect(report.everyAwait?.failed).toEqual([]);
    expect(report.everyAwait?.deaths).toBeGreaterThan(600);
  });

  it.each(defects.map(({ name }) => name))('show the planted defect: %s', (name) => {
    const found = report.defects.find((each) => each.name === name);
    expect(found).toMatchObject({ errors: [], falseAlarms: [] });
    expect(found?.caughtIn.length).toBeGreaterThan(0);
  });
});
