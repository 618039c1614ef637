import { instant } from '../readAnswer';

/** Jira writes `2026-11-20T12:00:00.000+0000`, without the colon ISO 8601 wants. @throws ContractError */
export const jiraTime = (text: string): string =>
  instant(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'), 'The time of a Jira issue');
