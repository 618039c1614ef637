export interface JiraStatus {
  readonly id: string;
  readonly name: string;
  readonly category: 'new' | 'indeterminate' | 'done';
}

/** Statuses of every workflow here. */
export const statuses: readonly JiraStatus[] = [
  { id: '10000', name: 'To Do', category: 'new' },
  { id: '3', name: 'In Progress', category: 'indeterminate' },
  { id: '10001', name: 'Waiting for customer', category: 'indeterminate' },
  { id: '10002', name: 'Done', category: 'done' },
];

/** `open`: from any to any · `steps`: To Do, In Progress, Done and back the same way · `oneWay`: nothing leads out of Done. */
export type Workflow = 'open' | 'steps' | 'oneWay';

const ways: Readonly<Record<Workflow, Readonly<Record<string, readonly string[]>>>> = {
  open: {
    'To Do': ['In Progress', 'Waiting for customer', 'Done'],
    'In Progress': ['To Do', 'Waiting for customer', 'Done'],
    'Waiting for customer': ['To Do', 'In Progress', 'Done'],
    Done: ['To Do', 'In Progress'],
  },
  steps: {
    'To Do': ['In Progress'],
    'In Progress': ['Waiting for customer', 'Done', 'To Do'],
    'Waiting for customer': ['In Progress'],
    Done: ['To Do'],
  },
  oneWay: {
    'To Do': ['In Progress', 'Done'],
    'In Progress': ['Done'],
    Done: [],
  },
};

/** Where a ticket in this status may go. */
export const waysFrom = (workflow: Workflow, name: string): readonly JiraStatus[] =>
  statuses.filter((status) => ways[workflow][name]?.includes(status.name));

export const resolutions = ['Done', "Won't Do", 'Duplicate', 'Cannot Reproduce'] as const;
export const priorities = ['Highest', 'High', 'Medium', 'Low', 'Lowest'] as const;

/** A transition's id says where it leads. */
export const transitionId = ({ id }: JiraStatus): string => `${Number(id) % 100}1`;
