import { randomBytes } from 'node:crypto';
import type { Answer } from '../answer';
import type { Clock, Ticks } from '../world/time7';
import { TICKS_PER_SECOND } from '../world/time7';
import type { Tenant } from '../world/incident';
import type { EntraError } from './entraError';
import type { Access } from './permissions';
import type { Registration } from './registrations';
import type { Wanted } from './askedScopes';
import type { SignIn } from './signIns';
import type { User } from './users';

/** What the pages are to bring about. */
export type Purpose =
  /** A user's sign-in, with that user's consent where it is missing; `ask`: even where it is not. */
  | { readonly kind: 'signIn'; readonly wanted: readonly Wanted[]; readonly ask: boolean }
  /** An administrator's consent for the whole tenant. */
  | { readonly kind: 'adminConsent'; readonly access: readonly Access[] };

export interface InteractionStart {
  readonly client: Registration;
  /** Undefined: whichever the user comes from. */
  readonly tenant: Tenant | undefined;
  readonly purpose: Purpose;
  readonly loginHint: string | undefined;
  /** A second factor is asked for whatever the tenant says, as a claims challenge does. */
  readonly stepUp: boolean;
  /** Said on the first page. */
  readonly notice: string | undefined;
  readonly succeed: (done: { signIn: SignIn; tenant: Tenant }) => Answer;
  readonly fail: (refusal: EntraError, tenant: Tenant | undefined) => Answer;
}

/** Pages on the way, from the first look to the answer for the application. */
export interface Interaction extends InteractionStart {
  readonly context: string;
  user: User | undefined;
  mfa: boolean;
}

export interface Interactions {
  begin(start: InteractionStart): Interaction;
  find(context: string): Interaction | undefined;
  end(context: string): void;
}

const lifeTicks = 900n * TICKS_PER_SECOND;
const mostKept = 5_000;

export function createInteractions(clock: Clock): Interactions {
  const open = new Map<string, { interaction: Interaction; until: Ticks }>();
  return {
    begin: (start) => {
      const context = randomBytes(24).toString('base64url');
      const interaction: Interaction = { ...start, context, user: undefined, mfa: false };
      open.set(context, { interaction, until: clock() + lifeTicks });
      const [oldest] = open.keys();
      if (open.size > mostKept && oldest !== undefined) open.delete(oldest);
      return interaction;
    },
    find: (context) => {
      const found = open.get(context);
      return found === undefined || found.until <= clock() ? undefined : found.interaction;
    },
    end: (context) => void open.delete(context),
  };
}
