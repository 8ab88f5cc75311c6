import type { RequestOrigin } from '../kernel/actor.ts';
import type { Principal } from '../kernel/principal.ts';

/** One try to sign in. It never holds what was typed: a user name that nobody has may be a password. */
export interface LoginTry {
  readonly origin: RequestOrigin;
  /** Whose password it was to be; undefined when there is no such account. */
  readonly account: Principal | undefined;
  /** The login provider that it was at; absent: here. */
  readonly provider?: string | undefined;
  /** Why it failed, in a fixed word. */
  readonly reason?: string | undefined;
  /** Whose administrators are to know of it, too. */
  readonly projectId?: number | undefined;
  /** What else is to be noted. */
  readonly detail?: Readonly<Record<string, string>> | undefined;
}

/** Who wants to know of sign-ins. It is told on the request's path: it only notes, and never throws. */
export interface LoginEvents {
  /** The secret was looked at and is right. Not told again while it is remembered; of what the server made once an hour. */
  succeeded(login: LoginTry & { readonly account: Principal }): void;
  /** The secret was looked at and is wrong, or there is no such account. */
  failed(login: LoginTry): void;
  /** The secret was not looked at: too many came before it. */
  refused(login: LoginTry): void;
}

export const UNHEARD_LOGIN_EVENTS: LoginEvents = {
  succeeded: () => undefined,
  failed: () => undefined,
  refused: () => undefined,
};
