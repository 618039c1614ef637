export interface GithubUser {
  readonly id: number;
  readonly login: string;
}

export interface GithubComment {
  readonly id: number;
  readonly body: string;
  readonly user: GithubUser;
  readonly created_at: string;
}

/** As GitHub keeps it. */
export interface GithubIssue {
  readonly id: number;
  readonly number: number;
  readonly created_at: string;
  readonly user: GithubUser;
  updated_at: string;
  title: string;
  body: string;
  state: 'open' | 'closed';
  state_reason: string | null;
  labels: readonly string[];
  assignees: readonly GithubUser[];
  milestone: number | null;
  readonly comments: GithubComment[];
  writes: number;
  isDeleted: boolean;
}

/** As API and webhooks show it. */
export const shown = (issue: GithubIssue, repository: string, base: string): Record<string, unknown> => ({
  id: issue.id,
  number: issue.number,
  url: `${base}/repos/${repository}/issues/${issue.number}`,
  repository_url: `${base}/repos/${repository}`,
  html_url: `https://github.com/${repository}/issues/${issue.number}`,
  title: issue.title,
  body: issue.body,
  user: issue.user,
  labels: issue.labels.map((name, at) => ({ id: at + 1, name, color: 'ededed', default: false, description: null })),
  state: issue.state,
  state_reason: issue.state_reason,
  locked: false,
  assignee: issue.assignees[0] ?? null,
  assignees: issue.assignees,
  milestone: issue.milestone === null ? null : { number: issue.milestone },
  comments: issue.comments.length,
  created_at: issue.created_at,
  updated_at: issue.updated_at,
  closed_at: issue.state === 'closed' ? issue.updated_at : null,
});
