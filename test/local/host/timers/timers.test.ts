import { createWorkbench, until, type HostProcess, type Workbench } from '../support/workbench';

interface Run {
  startedMs: number;
  endedMs: number;
  retryCount?: number;
  timer: { isPastDue: boolean; schedule: unknown; scheduleStatus: Record<string, string> | null };
}

let bench: Workbench;
let host: HostProcess;

beforeAll(async () => {
  bench = createWorkbench();
  host = await bench.start(bench.fixture('timers'), { env: { EVERY_SECOND: '* * * * * *' } });
});
afterAll(() => bench.close());

const runsOf = async (name: string) => (await (await fetch(`${host.url}/api/runs/${name}`)).json()) as Run[];
const atLeast = (name: string, count: number) =>
  until(async () => {
    const runs = await runsOf(name);
    return runs.length >= count ? runs : undefined;
  });

it('a timer runs at each occurrence, its schedule from a setting', async () => {
  const runs = await atLeast('second', 3);
  for (const { startedMs } of runs) expect(startedMs % 1000).toBeLessThan(500);
  expect(new Set(runs.map(({ startedMs }) => Math.floor(startedMs / 1000))).size).toBe(runs.length);
  expect(runs[0]?.timer).toEqual({ isPastDue: false, schedule: { adjustForDST: true }, scheduleStatus: null });
});

it('a timer does not overlap itself; what it missed gives one late run', async () => {
  const [first, second] = await atLeast('slow', 2);
  expect(first?.timer.isPastDue).toBe(false);
  expect(second?.timer.isPastDue).toBe(true);
  expect(second!.startedMs - first!.endedMs).toBeGreaterThanOrEqual(0);
  expect(second!.startedMs - first!.endedMs).toBeLessThan(500);
});

it('runOnStartup runs at once, with the status of a timer that never ran', async () => {
  const [run] = await atLeast('startup', 1);
  expect(run?.timer).toMatchObject({
    isPastDue: false,
    scheduleStatus: {
      last: '0001-01-01T00:00:00',
      next: expect.stringMatching(/^\d{4}-01-01T00:00:00\+00:00$/) as string,
    },
  });
});

it('the retry option runs a failing timer again in place, and the last failure is logged', async () => {
  const runs = await atLeast('failing', 3);
  expect(runs.map(({ retryCount }) => retryCount)).toEqual([undefined, 1, 2]);
  await until(() => (host.log().includes('Error [failing] Error: try 2') ? true : undefined));
  expect(await runsOf('failing')).toHaveLength(3);
});

it('POST /admin/functions/{name} runs a timer now and answers 202', async () => {
  expect(await runsOf('yearly')).toEqual([]);
  expect((await fetch(`${host.url}/admin/functions/YEARLY`, { method: 'POST', body: '{}' })).status).toBe(202);
  const [run] = await atLeast('yearly', 1);
  expect(run?.timer.isPastDue).toBe(false);
});

it('a host that stops in the middle of a timer waits for it, 3 s at most', async () => {
  await until(() => (Date.now() % 1000 < 100 ? true : undefined));
  const begun = Date.now();
  expect(await host.end('SIGINT')).toBe(0);
  expect(Date.now() - begun).toBeLessThan(4_500);
});
