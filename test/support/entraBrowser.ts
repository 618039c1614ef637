import { Agent, request } from 'undici';

/** Who sits in front of the simulated Entra's pages, and what they press. */
export interface Visitor {
  readonly username: string;
  /** Default accept. */
  readonly consent?: 'accept' | 'cancel';
  /** Default accept. */
  readonly secondFactor?: 'accept' | 'cancel';
  /** Ticks "Consent on behalf of your organization" where it is offered. */
  readonly forAll?: boolean;
}

/** Where the pages ended. */
export interface Visit {
  /** Where the browser was sent to; undefined: the last page has nothing more to press. */
  readonly location: URL | undefined;
  /** Text of the last page. */
  readonly text: string;
  /** Title of each page on the way. */
  readonly titles: readonly string[];
}

export interface EntraBrowser {
  /** From an authorize or admin consent address to its end. */
  visit(url: string, visitor: Visitor): Promise<Visit>;
  /** Types a user code on the page for it, and goes on from there. */
  enterCode(verificationUri: string, userCode: string, visitor: Visitor): Promise<Visit>;
  close(): Promise<void>;
}

export interface Page {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

/** One request of the browser: a form is posted. */
export type FetchPage = (url: string, form?: Readonly<Record<string, string>>) => Promise<Page>;

/** A browser of forms alone: what a person does on the pages, over TLS. */
export const openEntraBrowser = (caPem: string): EntraBrowser => {
  const agent = new Agent({ connect: { ca: caPem } });
  const post = (form: Readonly<Record<string, string>>) => ({
    method: 'POST' as const,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  });
  const fetchPage: FetchPage = async (url, form) => {
    const answer = await request(url, { dispatcher: agent, ...(form === undefined ? {} : post(form)) });
    const { location } = answer.headers;
    return {
      status: answer.statusCode,
      location: typeof location === 'string' ? location : undefined,
      text: await answer.body.text(),
    };
  };
  return { ...browserOver(fetchPage), close: () => agent.destroy() };
};

/** The same person in front of anything that answers pages. */
export const browserOver = (fetchPage: FetchPage): Pick<EntraBrowser, 'visit' | 'enterCode'> => {
  const walk = async (origin: string, first: Page, visitor: Visitor): Promise<Visit> => {
    const titles: string[] = [];
    let page = first;
    for (let pages = 0; pages < 10; pages += 1) {
      if (page.location !== undefined) return { location: new URL(page.location), text: '', titles };
      titles.push(/<title>([^<]*)<\/title>/.exec(page.text)?.[1] ?? '');
      const form = pressed(page.text, visitor);
      const isStuck = page.text.includes('role="alert"') && form?.step === 'account';
      if (form === undefined || isStuck) return { location: undefined, text: plain(page.text), titles };
      page = await fetchPage(`${origin}/common/interaction`, form);
    }
    throw new Error(`the pages do not end: ${titles.join(' · ')}`);
  };
  return {
    visit: async (url, visitor) => walk(new URL(url).origin, await fetchPage(url), visitor),
    enterCode: async (verificationUri, userCode, visitor) =>
      walk(new URL(verificationUri).origin, await fetchPage(verificationUri, { otc: userCode }), visitor),
  };
};

/** The fields that the page's form sends when its visitor presses the right button; undefined: there is none. */
const pressed = (page: string, visitor: Visitor): Record<string, string> | undefined => {
  const context = /name="context" value="([^"]+)"/.exec(page)?.[1];
  const step = /name="step" value="([^"]+)"/.exec(page)?.[1];
  if (context === undefined || step === undefined) return undefined;
  const fields: Readonly<Record<string, Record<string, string>>> = {
    account: { username: visitor.username },
    secondFactor: { answer: visitor.secondFactor ?? 'accept' },
    approval: { answer: 'return' },
    consent: { answer: visitor.consent ?? 'accept', ...(visitor.forAll === true ? { forAll: 'yes' } : {}) },
  };
  return { context, step, ...fields[step] };
};

const plain = (page: string): string =>
  page
    .replace(/<(style|title)>[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/\s+/g, ' ')
    .trim();
