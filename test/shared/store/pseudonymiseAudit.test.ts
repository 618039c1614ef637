import type { AuditRecord } from '../../../shared/store/audit';
import { toAuditRow } from '../../../shared/store/audit';
import { eraseTenant } from '../../../shared/store/eraseTenant';
import { memoryBlobs } from '../../support/inProcessRelay';
import { memoryTable } from '../../support/memoryTable';
import { tenantIdOf } from '../../support/plainTenant';

const tenantId = tenantIdOf(1);
const record = (auditId: string, name: string): AuditRecord => ({
  tenantId,
  auditId,
  at: '2026-11-20T08:00:00.000Z',
  actor: { kind: 'person', id: `oid of ${name}`, name },
  action: 'incident.update',
  incidentId: '7',
  targetId: null,
  ticketId: null,
  change: { status: { from: 'active', to: 'resolved' }, assignedTo: { from: null, to: 'owner@contoso.example' } },
  as: 'app',
  state: 'done',
  code: null,
  completedAt: '2026-11-20T08:00:01.000Z',
});

test('an erased tenant leaves what was done, and nobody’s name', async () => {
  const incidents = memoryTable();
  for (const one of [record('1', 'Adele'), record('2', 'Adele'), record('3', 'Diego')])
    await incidents.write({ kind: 'insert', row: toAuditRow(one) });
  await incidents.write({ kind: 'insert', row: { partitionKey: tenantId, rowKey: 'i_1' } });
  const storage = {
    ...{ incidents, index: memoryTable(), inbox: memoryTable() },
    ...{ bodies: memoryBlobs(), received: memoryBlobs() },
  };
  expect(await eraseTenant(storage, tenantId)).toMatchObject({ incidents: 1 });
  const left = incidents.rows();
  await eraseTenant(storage, tenantId);
  expect(incidents.rows()).toEqual(left);
  expect(JSON.stringify(left)).not.toMatch(/Adele|Diego|owner@/);
  const [first, second, third] = left.map(({ actorName }) => actorName);
  expect(left).toMatchObject([{ action: 'incident.update', state: 'done' }, {}, {}]);
  expect([first === second, first === third]).toEqual([true, false]);
  expect(left[0]?.change).toContain('"status":{"from":"active","to":"resolved"}');
});
