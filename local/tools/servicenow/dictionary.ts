/** Fields of both tables that may be written, with the most characters of each. */
const shared = {
  short_description: 160,
  description: 4_000,
  impact: 1,
  urgency: 1,
  severity: 1,
  category: 40,
  subcategory: 40,
  assigned_to: 32,
  assignment_group: 32,
  caller_id: 32,
  cmdb_ci: 32,
  contact_type: 40,
  close_code: 100,
  close_notes: 4_000,
  correlation_id: 100,
  correlation_display: 100,
  state: 3,
  hold_reason: 3,
} as const;

export const journals = ['comments', 'work_notes'] as const;
/** Of `sys_journal_field`, where what was written in them is kept. */
export const journalFields = [
  'sys_id',
  'name',
  'element',
  'element_id',
  'value',
  'sys_created_on',
  'sys_created_by',
] as const;
export type Journal = (typeof journals)[number];

export interface TableRules {
  readonly fields: Readonly<Record<string, number>>;
  readonly firstState: string;
  readonly states: readonly string[];
  readonly closeCodes: readonly string[];
  /** In which `close_code` and `close_notes` are mandatory. */
  readonly closing: readonly string[];
  readonly prefix: string;
}

export const tables: Readonly<Record<string, TableRules>> = {
  incident: {
    fields: { ...shared, parent_incident: 32 },
    firstState: '1',
    states: ['1', '2', '3', '6', '7', '8'],
    closeCodes: [
      'Duplicate',
      'Known error',
      'No resolution provided',
      'Resolved by caller',
      'Resolved by change',
      'Resolved by problem',
      'Resolved by request',
      'Solution provided',
      'Workaround provided',
      'User error',
    ],
    closing: ['6', '7'],
    prefix: 'INC',
  },
  sn_si_incident: {
    fields: { ...shared, attack_vector: 40, business_criticality: 1, risk_score: 3, parent_security_incident: 32 },
    firstState: '10',
    states: ['10', '16', '18', '19', '20', '100', '3', '7'],
    closeCodes: [
      'Investigation completed',
      'Threat mitigated',
      'Patched vulnerability',
      'Invalid vulnerability',
      'Not resolved',
      'False positive',
    ],
    closing: ['3'],
    prefix: 'SIR',
  },
};

/** Set by the platform alone. */
export const systemFields = [
  'sys_id',
  'number',
  'sys_created_on',
  'sys_created_by',
  'sys_updated_on',
  'sys_updated_by',
  'sys_mod_count',
] as const;

export const steps = ['10', '16', '18', '19', '20', '100', '3'] as const;
