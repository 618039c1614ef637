/** An issue's number says nothing without its repository: a webhook may tell of any. */
export interface IssueId {
  /** `owner/name` in small letters: GitHub makes no difference. */
  readonly repository: string;
  readonly number: number;
}

const shape = /^([a-z0-9][a-z0-9-]*\/(?!\.{1,2}#)[a-z0-9_.-]+)#(\d{1,10})$/;

export const toTicketId = (repository: string, number: number): string => `${repository.toLowerCase()}#${number}`;

/** Undefined where it is no id of ours. */
export const readTicketId = (ticketId: string): IssueId | undefined => {
  const [, repository, number] = shape.exec(ticketId) ?? [];
  return repository === undefined ? undefined : { repository, number: Number(number) };
};
