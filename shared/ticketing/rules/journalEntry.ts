import type { JournalEntry } from '../../model/conflict';
import type { Link } from '../../model/link';
import { shortHash } from './shortHash';

type Told = Pick<JournalEntry, 'kind' | 'at' | 'because'> & Partial<JournalEntry>;

/** An entry about a link; its id follows from what happened, so that what is taken in twice stands there once. */
export const journalEntry = (
  { tenantId, targetId, incidentId }: Pick<Link, 'tenantId' | 'targetId' | 'incidentId'>,
  cause: string,
  told: Told,
): JournalEntry => ({
  tenantId,
  incidentId,
  targetId,
  field: null,
  value: null,
  holds: null,
  side: 'ticket',
  actor: null,
  state: told.kind === 'comment' ? 'noted' : 'open',
  decidedBy: null,
  decidedAt: null,
  ...told,
  entryId: shortHash(24, targetId, incidentId, cause, told.kind, told.field ?? '', told.value ?? ''),
});
