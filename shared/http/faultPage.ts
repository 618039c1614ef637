import type { Answer } from './answers';
import { page } from './page';

/** The page in place of a problem, for people in a browser: what failed is the operator's business, what to do is theirs. */
export const faultPage = ({ status, headers = {} }: Answer, traceId: string): Answer => {
  const wait = headers['retry-after'];
  return page(
    status,
    {
      tone: 'stopped',
      title: 'That did not work',
      lead: 'Something failed on our side, not on yours. Open the link from your mail again in a few minutes.',
      sections: [
        {
          title: 'If it keeps failing',
          lines: ['Tell the person who sent you the link, and give them the reference below.'],
        },
      ],
      note: `Reference: ${traceId}`,
    },
    wait === undefined ? {} : { 'retry-after': wait },
  );
};
