import type { Answer } from '../../answer';
import { html, page } from './html';

export function userCodePage(typed: string, refusal?: string): Answer {
  return page(
    'Enter code',
    html`
      <p>Enter the code that your app or device shows you.</p>
      ${refusal === undefined ? undefined : html`<p role="alert">${refusal}</p>`}
      <form method="post" action="/common/oauth2/deviceauth">
        <label for="otc">Code</label>
        <input
          type="text"
          id="otc"
          name="otc"
          value="${typed}"
          maxlength="20"
          autocomplete="off"
          spellcheck="false"
          required
          autofocus
        />
        <div class="buttons"><button class="main">Next</button></div>
      </form>
      <footer>Do not enter codes from sources you don’t trust.</footer>
    `,
  );
}

export function deviceDonePage(clientName: string): Answer {
  return page(
    'You’re signed in',
    html`<p>You have signed in to ${clientName} on your device. You may now close this window.</p>`,
  );
}

export function deviceRefusedPage(clientName: string, description: string): Answer {
  return page(
    'You’re not signed in',
    html`<p>${clientName} on your device has been told so. You may close this window.</p>
      <p><small>${description}</small></p>`,
  );
}
