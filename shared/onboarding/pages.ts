import type { Answer } from '../http/answers';
import { page } from '../http/page';
import type { RegistrationName } from '../model/registration';
import { registrationFor } from '../model/registration';
import type { Tenant } from '../model/tenant';
import type { Outcome } from './takeCallback';

/** For every link that leads nowhere and every answer that is not taken: one page, so that it tells nobody why. */
const closed = {
  tone: 'stopped',
  title: 'This link does not work',
  lead: 'It may have been used already, been withdrawn, or run out of time.',
  sections: [
    {
      title: 'What you can do',
      lines: [
        'If you come from Microsoft’s page just now and took longer than ten minutes, or went back and forth there: open the link from your mail once more.',
        'Otherwise ask the person who sent it to you. They can see whether access is in place already, and send you a new link if it is not.',
      ],
    },
  ],
} as const;

export const closedLinkPage = (): Answer => page(404, closed);

export const tooManyPage = (): Answer =>
  page(
    429,
    {
      tone: 'waiting',
      title: 'Please try again in a moment',
      lead: 'Very many links are being opened just now. Yours is not used up: open it again in a minute.',
    },
    { 'retry-after': '60' },
  );

/** What an administrator is told who comes back from Entra. */
export const outcomePage = (outcome: Outcome): Answer => {
  switch (outcome.kind) {
    case 'ignored':
      return page(400, closed);
    case 'granted':
      return grantedPage(outcome);
    case 'declined':
      return declinedPage(outcome);
    case 'failed':
      return failedPage(outcome);
    case 'unconfirmed':
      return unconfirmedPage(outcome.tenant);
    case 'incomplete':
      return incompletePage(outcome);
    case 'blocked':
      return blockedPage(outcome);
    case 'ownFault':
      return ownFaultPage(outcome.tenant);
  }
};

type Facts = readonly (readonly [string, string])[];

const factsOf = ({ name, tenantId }: Tenant, ...more: Facts): Facts => [
  ['Organisation', name],
  ['Tenant ID', tenantId],
  ...more,
];

const allows: Readonly<Record<RegistrationName, string>> = {
  reader: 'Reading Microsoft Defender incidents and alerts',
  writer: 'Keeping Microsoft Defender incidents in step: status, classification, owner and comments',
  defender: 'Reading through the Microsoft Defender APIs: incidents, machines and alerts',
};

const closeLine = 'You can close this page.';

const grantedPage = ({ tenant, registration, missing }: Outcome & { readonly kind: 'granted' }): Answer =>
  page(200, {
    tone: 'done',
    title: 'Access is granted',
    lead: 'Thank you. Your consent has been checked with Microsoft, and it works.',
    facts: factsOf(tenant, ['Allows', allows[registration]]),
    sections: [
      { title: 'What happens next', lines: nextLines(tenant, registration) },
      ...(missing === null
        ? []
        : [
            {
              title: 'One thing is missing',
              lines: [
                `Not granted: ${missing}. All else works; what needs this permission does not. The person who sent you the link knows whether it matters to you.`,
              ],
            },
          ]),
      {
        title: 'If you change your mind',
        lines: [
          'Delete the application under Enterprise applications in the Microsoft Entra admin center. Access ends with it.',
        ],
      },
    ],
    note: 'This link is used up now; nobody can use it again.',
  });

const nextLines = ({ enabled, backend }: Tenant, registration: RegistrationName): readonly string[] => {
  if (!enabled) return ['Reading begins as soon as your provider switches it on. There is nothing left for you to do.'];
  if (registration !== registrationFor(backend)) return [`There is nothing left for you to do. ${closeLine}`];
  return [
    'Your incidents are read from now on: the person who sent you the link sees the first of them within a minute or two.',
    `There is nothing left for you to do. ${closeLine}`,
  ];
};

const declinedPage = ({ tenant, raw }: Outcome & { readonly kind: 'declined' }): Answer =>
  page(200, {
    tone: 'stopped',
    title: 'No access was granted',
    lead: 'Microsoft’s page was left without consent. Nothing has been changed in your organisation.',
    facts: factsOf(tenant),
    sections: [
      {
        title: 'If you want to go on',
        lines: [
          'Open the link from your mail again and choose “Accept”.',
          'If Microsoft says that you need approval: forward the mail to an administrator of your organisation (Global Administrator or Privileged Role Administrator).',
        ],
      },
      { title: 'If you do not', lines: ['Tell the person who sent you the link. There is nothing else to do.'] },
    ],
    note: `What Microsoft said: ${raw}`,
  });

const failedPage = ({ tenant, raw, cure }: Outcome & { readonly kind: 'failed' }): Answer =>
  page(200, {
    tone: 'stopped',
    title: 'Microsoft could not complete this',
    lead: 'No access was granted. Nothing has been changed in your organisation.',
    facts: factsOf(tenant, ['What Microsoft said', raw]),
    sections: [
      { title: 'What may help', lines: [cure] },
      {
        title: 'If that does not tell you enough',
        lines: ['Send the person who gave you the link what Microsoft said. The link can be used again.'],
      },
    ],
  });

const unconfirmedPage = (tenant: Tenant): Answer =>
  page(200, {
    tone: 'waiting',
    title: 'Thank you: this takes a moment',
    lead: 'Your consent has been noted. It does not show at Microsoft yet, which can take some minutes.',
    facts: factsOf(tenant),
    sections: [
      {
        title: 'What happens next',
        lines: [
          'It is looked for again by itself. There is nothing left for you to do.',
          'If the person who sent you the link tells you that it has not arrived after half an hour: open the link again and accept once more.',
        ],
      },
    ],
  });

const incompletePage = ({ tenant, permission }: Outcome & { readonly kind: 'incomplete' }): Answer =>
  page(200, {
    tone: 'waiting',
    title: 'A permission is still missing',
    lead: 'Your organisation has accepted the application, but not all that it needs shows at Microsoft.',
    facts: factsOf(tenant, ['Missing', permission]),
    sections: [
      {
        title: 'What happens next',
        lines: [
          'It can take some minutes to show, and is looked for again by itself.',
          'If the person who sent you the link tells you that it has not arrived after half an hour: open the link again and accept all that is listed.',
        ],
      },
    ],
  });

const blockedPage = ({ tenant, cure }: Outcome & { readonly kind: 'blocked' }): Answer =>
  page(200, {
    tone: 'stopped',
    title: 'Accepted, but something stands in the way',
    lead: 'Your consent arrived. Microsoft still gives no access to this organisation.',
    facts: factsOf(tenant),
    sections: [
      { title: 'What has to be done', lines: [cure] },
      {
        title: 'And then',
        lines: [
          'It is tried again by itself every quarter of an hour. The person who sent you the link sees this, too.',
        ],
      },
    ],
  });

const ownFaultPage = (tenant: Tenant): Answer =>
  page(200, {
    tone: 'waiting',
    title: 'Thank you: the rest is on our side',
    lead: 'Your consent has been noted. It cannot be confirmed just now because of a fault on our side.',
    facts: factsOf(tenant),
    sections: [
      {
        title: 'What happens next',
        lines: [
          'Your provider sees the fault and how to mend it; after that all goes on by itself.',
          'There is nothing left for you to do.',
        ],
      },
    ],
  });
