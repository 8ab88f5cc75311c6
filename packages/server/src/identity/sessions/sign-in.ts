import type { Actor } from '../../kernel/actor.ts';
import type { AllCredentials } from '../all-credentials.ts';
import type { UserPrincipal } from '../user.ts';
import type { OpenedSession, Sessions } from './sessions.ts';

export interface SignInInput {
  readonly username: string;
  readonly password: string;
  /** The secret that the browser showed so far, whose session ends. */
  readonly replaces: string | undefined;
  readonly actor: Actor;
}

/**
 * Opens a session for who knows a password: a person's. Robots, and tokens that stand for a password, get none.
 * @returns undefined when the user or the password is wrong
 * @throws ProductError TOO_MANY_REQUESTS
 */
export async function signIn(
  { credentials, sessions }: { readonly credentials: AllCredentials; readonly sessions: Pick<Sessions, 'open'> },
  { username, password, replaces, actor }: SignInInput,
): Promise<{ readonly user: UserPrincipal; readonly opened: OpenedSession } | undefined> {
  const user = await credentials.verifyBasic(username, password, actor);
  if (user?.kind !== 'user') return undefined;
  return { user, opened: await sessions.open({ user, from: actor, replaces }) };
}
