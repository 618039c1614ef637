import { z } from 'zod';

/**
 * The relay's answers, as far as a table shows them; everything else passes through to --json. Words are not checked against lists: a
 * newer relay may know more of them.
 */
const text = z.string().nullable();
const count = z.number();

export const accessShape = z.looseObject({
  state: z.string(),
  reason: text,
  code: text,
  raw: text,
  cure: text,
  link: text,
});

/** By registration at the top, or below `registrations` beside a state over all of them. */
const accessByRegistration = z.looseObject({ registrations: z.record(z.string(), accessShape).optional() });

export const tenantShape = z.looseObject({
  tenantId: z.string(),
  name: z.string(),
  cloud: z.string(),
  backend: z.string(),
  groups: z.array(z.string()),
  sealed: z.boolean(),
  intervalSeconds: z.number().nullable(),
  enabled: z.boolean(),
  credential: z.looseObject({ kind: z.string(), clientId: z.string() }).nullable(),
  attributes: z.record(z.string(), z.string()),
  contract: z.looseObject({ never: z.array(z.string()) }),
  access: accessByRegistration,
  health: z.looseObject({ state: z.string(), reasons: z.array(z.string()) }),
  sync: z.looseObject({
    lastSuccess: text,
    readThrough: text,
    backlog: z.boolean(),
    counts: z.looseObject({ stored: count, open: count }),
    quarantined: z.array(
      z.looseObject({ incidentId: z.string(), reason: z.string(), attempts: count, nextTry: z.string() }),
    ),
  }),
});
export type TenantAnswer = z.output<typeof tenantShape>;
export type AccessAnswer = z.output<typeof accessShape>;

/** Which registrations the tenant is met with, and what each may do there. */
export const accessesOf = ({ access }: TenantAnswer): readonly (readonly [string, AccessAnswer])[] => {
  const { registrations = {}, ...others } = access;
  const here = Object.entries(registrations);
  if (here.length > 0) return here;
  return Object.entries(others).flatMap(([name, value]) => {
    const one = accessShape.safeParse(value);
    return one.success ? [[name, one.data] as const] : [];
  });
};

export const receiptShape = z.looseObject({
  tenantId: z.string(),
  name: z.string(),
  erased: z.looseObject({ incidents: count, rows: count, blobs: count }),
  kept: z.looseObject({ incidents: count }),
  /** Events that were not delivered yet. */
  pendingEvents: count,
  connections: z.array(z.looseObject({ connectionId: z.string() })),
  /** Enterprise applications that an administrator of the tenant should delete. */
  customerDeletes: z
    .array(z.looseObject({ name: z.string().nullish(), clientId: z.string(), link: z.string().nullish() }))
    .default([]),
});

export const incidentRowShape = z.looseObject({
  tenantId: z.string(),
  tenantName: z.string(),
  incidentId: z.string(),
  displayName: text,
  status: text,
  severity: text,
  classification: text,
  determination: text,
  assignedTo: text,
  createdDateTime: text,
  lastUpdateDateTime: z.string(),
  redirectIncidentId: text,
  alertsCount: count,
  complete: z.boolean(),
  incidentWebUrl: text,
  asOf: z.string(),
});
export type IncidentAnswer = z.output<typeof incidentRowShape>;

const alertShape = z.looseObject({
  id: z.string().optional(),
  title: z.string().nullish(),
  severity: z.string().nullish(),
  status: z.string().nullish(),
  serviceSource: z.string().nullish(),
  createdDateTime: z.string().nullish(),
});

export const incidentShape = z.looseObject({
  ...incidentRowShape.shape,
  incident: z.looseObject({
    description: z.string().nullish(),
    summary: z.string().nullish(),
    customTags: z.array(z.string()).nullish(),
    comments: z
      .array(
        z.looseObject({
          comment: z.string().nullish(),
          createdByDisplayName: z.string().nullish(),
          createdDateTime: z.string().nullish(),
        }),
      )
      .nullish(),
    alerts: z.array(alertShape).nullish(),
  }),
});
export type WholeIncident = z.output<typeof incidentShape>;

export const startedShape = z.looseObject({ runId: z.string(), state: z.string() });

export const runShape = z.looseObject({
  runId: z.string(),
  state: z.string(),
  startedAt: z.string(),
  seconds: count,
  code: text,
  reason: text,
  counts: z.looseObject({
    listed: count,
    new: count,
    changed: count,
    unchanged: count,
    quarantined: count,
    calls: count,
  }),
});
export type RunAnswer = z.output<typeof runShape>;

const answerAndRange = {
  tenantId: z.string(),
  tenantName: z.string(),
  answer: z.string(),
  because: z.array(z.string()),
  from: z.string(),
  to: z.string(),
  readThrough: text,
  foundLate: count,
  incidents: z.looseObject({ listed: count, new: count, changed: count, stored: count }),
};
export const coverageLineShape = z.looseObject(answerAndRange);
export type CoverageLine = z.output<typeof coverageLineShape>;

export const coverageShape = z.looseObject({
  ...answerAndRange,
  windows: z.array(
    z.looseObject({
      from: z.string(),
      to: z.string(),
      state: z.string(),
      passes: count,
      listed: count,
      new: count,
      changed: count,
    }),
  ),
  gaps: z.array(z.looseObject({ from: z.string(), to: z.string(), state: z.string(), reason: z.string() })),
  blockedPeriods: z.array(z.looseObject({ from: z.string(), to: text, reason: z.string(), cure: text, link: text })),
});
export type CoverageAnswer = z.output<typeof coverageShape>;

export const usageShape = z.looseObject({
  tenantId: z.string(),
  tenantName: z.string(),
  month: z.string(),
  state: z.string(),
  calls: count,
  storageOperations: count,
  seconds: count,
  incidents: count,
});

export const checkShape = z.looseObject({
  results: z.array(
    z.looseObject({
      registration: z.string(),
      api: z.string(),
      context: z.string(),
      /** Without it the tenant is not kept as it is registered; the others are for what may be turned on. */
      needed: z.boolean().default(true),
      steps: z.array(
        z.looseObject({
          step: z.string(),
          /** Null or absent: not reached. */
          ok: z.boolean().nullish(),
          code: z.string().nullish(),
          /** What the other side said. */
          raw: z.string().nullish(),
          cause: z.string().nullish(),
          cure: z.string().nullish(),
          link: z.string().nullish(),
        }),
      ),
    }),
  ),
});
export type CheckAnswer = z.output<typeof checkShape>;

export const consentLinkShape = z.looseObject({
  url: z.string(),
  expiresAt: z.string(),
  linkId: z.string().optional(),
});
export const revokedLinkShape = z.looseObject({ was: z.string() });

const check = z.looseObject({ name: z.string(), ok: z.boolean(), detail: z.string(), cure: text });
export const readinessShape = z.looseObject({
  status: z.string(),
  checks: z.array(check),
  warnings: z.array(z.looseObject({ name: z.string(), detail: z.string(), cure: text })),
});

const textMap = z.record(z.string(), text);

/** Of the secret that goes with it, as it was told; null: nobody told. An older relay knows of none. */
const ending = { expires: text.default(null) };

export const connectionShape = z.looseObject({
  connectionId: z.string(),
  /** Null: it serves all tenants. */
  tenantId: text,
  tool: z.string(),
  enabled: z.boolean(),
  disabledBecause: text,
  audience: z.string(),
  since: z.string(),
  backlog: z.string(),
  url: z.string(),
  auth: z.looseObject({ kind: z.string(), user: z.string().optional(), ...ending }).nullable(),
  inbound: z.looseObject({
    ...ending,
    scheme: z.string(),
    closes: z.looseObject({ upTo: z.string(), else: z.string() }),
    reopens: z.boolean(),
    comments: z.string(),
  }),
  outbound: z.looseObject({ events: z.array(z.string()), comments: z.string(), as: z.string(), ...ending }),
  filters: z.looseObject({}),
  mapping: z.looseObject({ settings: z.record(z.string(), z.string()).optional() }),
  /** When each was put; null: none is kept. */
  secrets: textMap,
  webhookUrl: text,
  delivery: z.looseObject({
    state: z.string(),
    lastSuccess: text,
    lastError: z.looseObject({ at: z.string(), reason: z.string() }).nullable(),
    pausedUntil: text,
    pending: count,
    dead: count,
    counted: z.boolean(),
  }),
  warnings: z.array(z.string()),
});
export type ConnectionAnswer = z.output<typeof connectionShape>;

export const connectionReceiptShape = z.looseObject({
  connectionId: z.string(),
  secrets: z.array(z.looseObject({ name: z.string(), state: z.string() })),
});

export const connectionTestShape = z.looseObject({
  ok: z.boolean(),
  steps: z.array(
    z.looseObject({
      step: z.string(),
      /** Null: not tried, or it proves nothing. */
      ok: z.boolean().nullable(),
      code: text,
      detail: text,
      cause: text,
      cure: text,
    }),
  ),
  ticket: z.looseObject({ number: z.string(), url: text, isClosed: z.boolean() }).nullable(),
});
export type ConnectionTestAnswer = z.output<typeof connectionTestShape>;

export const rehearsalShape = z.looseObject({
  from: z.string(),
  to: z.string(),
  looked: count,
  complete: z.boolean(),
  made: count,
  joined: count,
  leftOut: z.array(z.looseObject({ because: z.string(), count, incidentIds: z.array(z.string()) })),
  items: z.array(
    z.looseObject({
      incidentId: z.string(),
      kind: z.string(),
      ticket: z
        .looseObject({
          title: z.string(),
          description: z.string(),
          severity: z.string(),
          status: z.string(),
          fields: z.record(z.string(), z.string()),
        })
        .nullable(),
      event: z.looseObject({ type: z.string() }).nullable(),
    }),
  ),
});
export type RehearsalAnswer = z.output<typeof rehearsalShape>;

export const deliveryShape = z.looseObject({
  eventId: z.string(),
  tenantId: z.string(),
  connectionId: z.string(),
  incidentId: z.string(),
  type: z.string(),
  state: z.string(),
  attempts: count,
  nextAttempt: text,
  lastOutcome: z.looseObject({ at: z.string(), status: z.number().nullable(), reason: text }).nullable(),
});
export type DeliveryAnswer = z.output<typeof deliveryShape>;

export const replayShape = z.looseObject({ count, more: z.boolean().default(false) });

export const journalEntryShape = z.looseObject({
  entryId: z.string(),
  targetId: z.string(),
  kind: z.string(),
  at: z.string(),
  field: text,
  value: text,
  holds: text,
  side: z.string(),
  actor: text,
  because: z.string(),
  change: textMap.nullable(),
  state: z.string(),
});
export type JournalAnswer = z.output<typeof journalEntryShape>;

export const journalShape = z.looseObject({ conflicts: z.array(journalEntryShape) });
