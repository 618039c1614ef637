export interface ValidationError {
  readonly resource: 'Issue' | 'IssueComment';
  readonly field: string;
  readonly code: 'missing_field' | 'invalid' | 'unprocessable';
}

type Check = (value: unknown) => boolean;

const isText =
  (most: number, mayBeEmpty: boolean): Check =>
  (value) =>
    typeof value === 'string' && value.length <= most && (mayBeEmpty || value.trim() !== '');
const areLabels: Check = (value) =>
  Array.isArray(value) &&
  value.length <= 100 &&
  value.every((label) => isText(50, false)(label) && !String(label).includes(',') && !String(label).includes('\n'));
const areLogins =
  (known: readonly string[]): Check =>
  (value) =>
    Array.isArray(value) && value.length <= 10 && value.every((login) => known.includes(String(login)));

/** @see https://docs.github.com/rest/issues/issues (body parameters) */
export function wrongInIssue(
  given: Readonly<Record<string, unknown>>,
  logins: readonly string[],
  isNew: boolean,
): readonly ValidationError[] {
  const checks: Readonly<Record<string, Check>> = {
    title: isText(256, false),
    body: isText(65_536, true),
    labels: areLabels,
    assignees: areLogins(logins),
    milestone: (value) => value === null || value === 1,
    type: isText(50, false),
    ...(!isNew && {
      state: (value: unknown) => value === 'open' || value === 'closed',
      state_reason: (value: unknown) =>
        value === null ||
        (typeof value === 'string' && ['completed', 'not_planned', 'duplicate', 'reopened'].includes(value)),
    }),
  };
  const wrong = Object.entries(given).flatMap(([field, value]): ValidationError[] => {
    const check = Object.hasOwn(checks, field) ? checks[field] : undefined;
    return check?.(value) === true ? [] : [{ resource: 'Issue', field, code: 'invalid' }];
  });
  return isNew && !('title' in given)
    ? [...wrong, { resource: 'Issue', field: 'title', code: 'missing_field' }]
    : wrong;
}

export const wrongInComment = (given: Readonly<Record<string, unknown>>): readonly ValidationError[] =>
  isText(65_536, false)(given.body) && Object.keys(given).length === 1
    ? []
    : [{ resource: 'IssueComment', field: 'body', code: 'unprocessable' }];
