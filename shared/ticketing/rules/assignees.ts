import type { Mapping } from '../../model/connection';

/** The tool's id of Defender's owner; undefined: nobody we may write. */
export const toAssignee = (owner: string | null, { assignees = {} }: Mapping): string | undefined => {
  if (owner === null) return undefined;
  const known = Object.keys(assignees).find((name) => name.toLowerCase() === owner.toLowerCase());
  return known === undefined ? undefined : assignees[known];
};

/** Defender's owner of a tool's id: the one it is already where several share the id; undefined: nobody we know. */
export const fromAssignee = (assignee: string, current: string | null, mapping: Mapping): string | undefined => {
  if (current !== null && toAssignee(current, mapping) === assignee) return current;
  return Object.entries(mapping.assignees ?? {}).find(([, id]) => id === assignee)?.[0];
};
