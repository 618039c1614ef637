import type { Mapping, Tool } from '../../model/connection';

/** The tool's id of Defender's owner; undefined: nobody we may write. */
export const toAssignee = (owner: string | null, { assignees = {} }: Mapping): string | undefined => {
  if (owner === null) return undefined;
  const known = Object.keys(assignees).find((name) => name.toLowerCase() === owner.toLowerCase());
  return known === undefined ? undefined : assignees[known];
};

/** Whether a ticket can be nobody's once it was somebody's; an incident of PagerDuty's cannot. */
export const canBeNobodys = (tool: Tool): boolean => tool !== 'pagerduty';

/** Whether a ticket of this owner is that of the other, too: the same person in the tool. */
export const isSamePerson = (owner: string | null, other: string | null, mapping: Mapping): boolean => {
  const person = toAssignee(owner, mapping);
  return person !== undefined && person === toAssignee(other, mapping);
};

/** Defender's owner of a tool's id: the one it is already where several share the id; undefined: nobody we know. */
export const fromAssignee = (assignee: string, current: string | null, mapping: Mapping): string | undefined => {
  if (current !== null && toAssignee(current, mapping) === assignee) return current;
  return Object.entries(mapping.assignees ?? {}).find(([, id]) => id === assignee)?.[0];
};
