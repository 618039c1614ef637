import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ticketDefects } from './defects';
import type { TicketReport } from './ticketBoard';
import { ticketFaults } from './ticketFaults';

/** What `npm run faults -- --tickets --short` finds; a failing run still tells. */
const shortRun = async (): Promise<TicketReport> => {
  const words = [join(__dirname, '..', 'main.cjs'), '--tickets', '--short', '--json'];
  const run = promisify(execFile)(process.execPath, words, { maxBuffer: 64 * 1024 * 1024 });
  const { stdout } = await run.catch((error: unknown) => error as { readonly stdout: string });
  return JSON.parse(stdout) as TicketReport;
};

describe('a hundred worlds of tickets', () => {
  let report: TicketReport;
  beforeAll(async () => {
    report = await shortRun();
  }, 600_000);

  it('break no promise', () => {
    expect(report.failed).toEqual([]);
    expect(report.total.worlds).toBeGreaterThanOrEqual(100);
    expect(report.total).toMatchObject({ newIds: 0, doubleTickets: 0, unaccounted: 0 });
    expect(report.total).toMatchObject({ forgedAccepted: 0, replayedAccepted: 0, genuineRefused: 0 });
    expect(report.total.replayed).toBe(report.total.dead);
  });

  it('hold thousands of deliveries, and every fault', () => {
    expect(report.total.deliveries).toBeGreaterThan(5_000);
    for (const fault of Object.keys(ticketFaults)) expect(report.total.faults).toHaveProperty([fault]);
  });

  it.each(ticketDefects.map(({ name }) => name))('show the planted defect: %s', (name) => {
    const found = report.defects.find((each) => each.name === name);
    expect(found).toMatchObject({ errors: [], falseAlarms: [] });
    expect(found?.caughtIn.length).toBeGreaterThan(0);
  });
});
