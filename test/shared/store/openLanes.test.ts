import { openLanes } from '../../../shared/store/openLanes';
import { ticketIndex } from '../../../shared/store/ticketIndex';
import { memoryTable } from '../../support/memoryTable';

const tenantId = '11111111-1111-4111-8111-111111111111';

test('a lane in which something was announced meanwhile is not taken away', async () => {
  const lanes = openLanes(memoryTable());
  const lane = { targetId: 'all.desk', incidentId: 'a_b/7' };
  await lanes.add(tenantId, [lane, lane]);
  const before = await lanes.look({ tenantId, ...lane });
  await lanes.add(tenantId, [lane]);
  expect(before && (await lanes.done(before))).toBe(false);
  const now = await lanes.look({ tenantId, ...lane });
  expect(now).toMatchObject({ tenantId, ...lane });
  expect(now && (await lanes.done(now))).toBe(true);
  expect(await lanes.look({ tenantId, ...lane })).toBeUndefined();
});

test('a connection’s lanes are its own, whatever others are called', async () => {
  const lanes = openLanes(memoryTable());
  const targets = ['desk', 'desk-2', 'desk_', 'all.desk'];
  await lanes.add(
    tenantId,
    targets.flatMap((targetId) => [1, 2].map((id) => ({ targetId, incidentId: `${id}` }))),
  );
  const found: string[] = [];
  for await (const page of lanes.ofTenant(tenantId, 'desk')) found.push(...page.map(({ targetId }) => targetId));
  expect(found).toEqual(['desk', 'desk']);
  let all = 0;
  for await (const page of lanes.ofTenant(tenantId)) all += page.length;
  expect(all).toBe(8);
});

test('tickets of one id in two connections, or of hostile ids, lead to their own incidents', async () => {
  const index = ticketIndex(memoryTable());
  const [own, all] = [
    { scope: tenantId, connectionId: 'desk' },
    { scope: '_all', connectionId: 'desk' },
  ];
  const hostile = ['', '/', '..', 'x'.repeat(5_000), '\u0000', '\ud800', 'T1'];
  for (const [at, ticketId] of hostile.entries()) {
    await index.put(own, ticketId, { tenantId, incidentId: `own-${at}` });
    await index.put(all, ticketId, { tenantId, incidentId: `all-${at}` });
  }
  for (const [at, ticketId] of hostile.entries()) {
    expect(await index.find(own, ticketId)).toEqual({ tenantId, incidentId: `own-${at}` });
    expect(await index.find(all, ticketId)).toEqual({ tenantId, incidentId: `all-${at}` });
  }
  expect(await index.find(own, 'T2')).toBeUndefined();
});
