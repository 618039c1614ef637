import type { Answer } from '../../../../local/microsoft/answer';
import { answerEntra } from '../../../../local/microsoft/entra/answer';
import type { CloudState } from '../../../../local/microsoft/state';
import type { EntraBrowser } from '../../../support/entraBrowser';
import { browserOver } from '../../../support/entraBrowser';

export type Form = Readonly<Record<string, string | undefined>>;

const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' };

export function encoded(form: Form): string {
  const sent = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(sent).toString();
}

/** A form posted to Entra in process. */
export function postForm(state: CloudState, url: string, form: Form): Promise<Answer> {
  return answerEntra(state, { method: 'POST', url, headers: formHeaders, body: encoded(form) });
}

/** A person at Entra's pages in process. */
export function personAt(state: CloudState): Pick<EntraBrowser, 'visit' | 'enterCode'> {
  return browserOver(async (url, form) => {
    const path = url.slice(state.urls.entra.length);
    const answer =
      form === undefined
        ? await answerEntra(state, { method: 'GET', url: path, headers: {} })
        : await postForm(state, path, form);
    return { status: answer.status, location: answer.headers.location, text: answer.body };
  });
}

export interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly scope: string;
}

export interface Refused {
  readonly error: string;
  readonly error_codes: readonly number[];
  readonly error_description: string;
  readonly claims?: string;
  readonly suberror?: string;
}

export function tokensIn(answer: Answer): TokenAnswer {
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
  return JSON.parse(answer.body) as TokenAnswer;
}

/** Status, `error` and number of a refusal. */
export function refusalIn(answer: Answer): { status: number; error: string; code: number | undefined } {
  const { error, error_codes } = JSON.parse(answer.body) as Refused;
  return { status: answer.status, error, code: error_codes[0] };
}
