import type { Answer } from '../../answer';
import { consentTexts } from './consentTexts';
import type { Html } from './html';
import { html, page } from './html';
import type { Access } from '../permissions';
import type { Registration } from '../registrations';
import type { Tenant } from '../../world/incident';
import type { User } from '../users';

/** Where all forms of a sign-in go; `context` names which one it is. */
const action = '/common/interaction';

interface Step {
  readonly context: string;
  readonly client: Registration;
  readonly tenant: Tenant | undefined;
}

export interface AccountPage extends Step {
  /** Offered for choice; anyone else is typed in. */
  readonly users: readonly User[];
  readonly typed: string;
  readonly notice: string | undefined;
  readonly refusal: string | undefined;
}

export function accountPage({ context, client, tenant, users, typed, notice, refusal }: AccountPage): Answer {
  const where = tenant === undefined ? '' : ` in ${tenant.displayName}`;
  return page(
    'Pick an account',
    html`
      <p>to go on to <strong>${client.displayName}</strong>${where}</p>
      ${notice === undefined ? undefined : html`<p>${notice}</p>`}
      ${refusal === undefined ? undefined : html`<p role="alert">${refusal}</p>`}
      ${users.length === 0 ? undefined : accountList(context, users)}
      <form method="post" action="${action}">
        ${hidden(context, 'account')}
        <label for="username">${users.length === 0 ? 'Account' : 'Another account'}</label>
        <input
          type="text"
          id="username"
          name="username"
          value="${typed}"
          placeholder="name@example.onmicrosoft.com"
          autocomplete="off"
          spellcheck="false"
          required
        />
        <div class="buttons">
          <button form="back">Back to the application</button>
          <button class="main">Next</button>
        </div>
      </form>
      <form method="post" action="${action}" id="back">${hidden(context, 'cancel')}</form>
      <footer>No password is asked here: whoever is picked is signed in.</footer>
    `,
  );
}

function accountList(context: string, users: readonly User[]): Html {
  const row = ({ displayName, userPrincipalName, administrator, defenderRole, blocked }: User): Html => {
    const roles = [
      ...(administrator ? ['Global Administrator'] : []),
      ...(defenderRole === null ? [] : [defenderRole]),
      ...(blocked ? ['blocked'] : []),
    ];
    return html`<li>
      <button name="username" value="${userPrincipalName}">
        ${displayName}${roles.length === 0 ? undefined : html` <span class="soft">· ${roles.join(', ')}</span>`}
        <small>${userPrincipalName}</small>
      </button>
    </li>`;
  };
  return html`<form method="post" action="${action}">
    ${hidden(context, 'account')}
    <ul class="accounts">
      ${users.map(row)}
    </ul>
  </form>`;
}

export function secondFactorPage({ context, user, enrols }: Step & { user: User; enrols: boolean }): Answer {
  return page(
    enrols ? 'More information required' : 'Approve sign-in request',
    html`
      <p>${user.userPrincipalName}</p>
      <p>
        ${
          enrols
            ? 'Your organization needs more information to keep your account secure: set up a second factor.'
            : 'Your organization asks for a second factor.'
        }
      </p>
      ${twoButtons(context, enrols ? 'Set up' : 'Approve', 'secondFactor')}
    `,
  );
}

export interface ConsentPage extends Step {
  readonly tenant: Tenant;
  readonly user: User;
  readonly access: readonly Access[];
  /** For everyone in the organization, and for the application by itself. */
  readonly forAll: boolean;
}

export function consentPage({ context, client, tenant, user, access, forAll }: ConsentPage): Answer {
  const offersAll = !forAll && user.administrator && user.tenant === tenant;
  return page(
    forAll ? 'Permissions requested: review for your organization' : 'Permissions requested',
    html`
      <p>
        <strong>${client.displayName}</strong><br /><small
          >application <code>${client.clientId}</code>, not published by Microsoft</small
        >
      </p>
      <p>
        ${
          forAll
            ? html`would like, for everyone in <strong>${tenant.displayName}</strong>
                <small>(<code>${tenant.tenantId}</code>)</small>:`
            : html`would like, in the name of <strong>${user.userPrincipalName}</strong> in ${tenant.displayName}:`
        }
      </p>
      <ul class="permissions">
        ${consentTexts(access).map(({ title, detail }) => html`<li>${title}<small>${detail}</small></li>`)}
      </ul>
      ${
        forAll
          ? html`<p class="soft">
              If you accept, this application gets access to these resources for all users in your organization. No one
              else will be prompted to review these permissions.
            </p>`
          : undefined
      }
      <form method="post" action="${action}">
        ${hidden(context, 'consent')}
        ${
          offersAll
            ? html`<label class="check"
                ><input type="checkbox" name="forAll" value="yes" /> Consent on behalf of your organization</label
              >`
            : undefined
        }
        <div class="buttons">
          <button name="answer" value="cancel">Cancel</button>
          <button class="main" name="answer" value="accept">Accept</button>
        </div>
      </form>
      <footer>Signed in as ${user.userPrincipalName}</footer>
    `,
  );
}

/** For who may not grant what is asked. */
export function approvalPage({ context, client, tenant, user }: Step & { tenant: Tenant; user: User }): Answer {
  return page(
    'Need admin approval',
    html`
      <p><strong>${client.displayName}</strong></p>
      <p role="alert">
        ${client.displayName} needs permission to access resources in ${tenant.displayName} that only an admin can
        grant. Please ask an admin to grant permission to this app before you can use it.
      </p>
      <p class="soft">${user.userPrincipalName} is no administrator there (AADSTS90094).</p>
      <form method="post" action="${action}">
        ${hidden(context, 'approval')}
        <div class="buttons">
          <button name="answer" value="return">Return without granting</button>
          <button class="main" name="answer" value="switch">Sign in with an admin account</button>
        </div>
      </form>
    `,
  );
}

/** A refusal that has nowhere to be sent to. */
export function errorPage(description: string, status = 400): Answer {
  return page(
    'Sorry, but we’re having trouble signing you in.',
    html`<p role="alert">${description.split('\r\n')[0]}</p>
      <p><small>${description.split('\r\n').slice(1).join(' · ')}</small></p>`,
    status,
  );
}

function twoButtons(context: string, yes: string, step: string): Html {
  return html`<form method="post" action="${action}">
    ${hidden(context, step)}
    <div class="buttons">
      <button name="answer" value="cancel">Cancel</button>
      <button class="main" name="answer" value="accept">${yes}</button>
    </div>
  </form>`;
}

function hidden(context: string, step: string): Html {
  return html`<input type="hidden" name="context" value="${context}" />
    <input type="hidden" name="step" value="${step}" />`;
}
