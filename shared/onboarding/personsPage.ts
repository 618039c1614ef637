import type { Answer } from '../http/answers';
import { page } from '../http/page';
import { personsState } from '../identity/onBehalfOf';

/** Whether someone comes back who consented to what is done in their own name. Anyone can say so: nothing follows but `personsPage`. */
export const isPersons = (query: URLSearchParams): boolean => query.get('state') === personsState;

/** The code that Entra sends along is left unused: the caller's own token is exchanged at the next call. */
export const personsPage = (query: URLSearchParams): Answer =>
  query.has('error')
    ? page(200, {
        tone: 'stopped',
        title: 'No consent was given',
        lead: 'Microsoft’s page was left without it. Nothing has been changed.',
        sections: [
          {
            title: 'If you want to go on',
            lines: [
              'Open the link again and choose “Accept”.',
              'If Microsoft says that you need approval: send the link to an administrator of your organisation.',
            ],
          },
        ],
      })
    : page(200, {
        tone: 'done',
        title: 'Thank you',
        lead: 'You can close this page and try again what you were about to do.',
      });
