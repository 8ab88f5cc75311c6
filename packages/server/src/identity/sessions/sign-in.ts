import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { AllCredentials } from '../all-credentials.ts';
import type { AssertionResponse } from '../passkeys/passkey-response.ts';
import type { PasskeySite } from '../passkeys/passkey-site.ts';
import type { BegunSignIn, SecondFactors, SecondStep } from '../second-factors/second-factors.ts';
import type { UserPrincipal } from '../user.ts';
import type { OpenedSession, Sessions } from './sessions.ts';

export interface SignInInput {
  readonly username: string;
  readonly password: string;
  /** The secret that the browser showed so far, whose session ends. */
  readonly replaces: string | undefined;
  readonly actor: Actor;
}

export interface SignInDependencies {
  readonly credentials: Pick<AllCredentials, 'verifyFirstStep'>;
  readonly secondFactors: Pick<SecondFactors, 'beginSignIn' | 'finishSignIn'>;
  readonly sessions: Pick<Sessions, 'open'>;
}

export interface OpenedSignIn {
  readonly kind: 'opened';
  readonly user: UserPrincipal;
  readonly opened: OpenedSession;
}

/** What a right password comes to. */
export type FirstStep = OpenedSignIn | { readonly kind: 'second-factor'; readonly challenge: BegunSignIn };

/**
 * Opens a session for who knows a password: a person's. Robots, and tokens that stand for a password, get none. For an account with
 * a second factor nothing is opened yet.
 * @returns undefined when the user or the password is wrong
 * @throws ProductError TOO_MANY_REQUESTS, DENIED (it is the secret for the command line of who signs in elsewhere)
 */
export async function signIn(
  { credentials, secondFactors, sessions }: SignInDependencies,
  { username, password, replaces, actor }: SignInInput,
): Promise<FirstStep | undefined> {
  const user = await credentials.verifyFirstStep(username, password, actor);
  if (user?.kind !== 'user') return undefined;
  if (user.signsInElsewhere === true && user.isProvenByDirectory !== true) {
    throw new ProductError('DENIED', 'this account signs in at its login provider: its secret is for the command line');
  }
  if (user.hasSecondFactor === true) return { kind: 'second-factor', challenge: await secondFactors.beginSignIn(user) };
  return { kind: 'opened', user, opened: await sessions.open({ user, from: actor, replaces }) };
}

export interface SecondStepInput {
  readonly challenge: string;
  readonly step: SecondStep;
}

/**
 * The second step of a sign-in.
 * @throws ProductError UNAUTHORIZED (what it takes is wrong, or the sign-in is over), TOO_MANY_REQUESTS
 */
export async function signInFurther(
  { secondFactors, sessions }: Pick<SignInDependencies, 'secondFactors' | 'sessions'>,
  { challenge, step, replaces, actor }: Pick<SignInInput, 'replaces' | 'actor'> & SecondStepInput,
): Promise<OpenedSignIn> {
  const user = await secondFactors.finishSignIn({ challenge, step, actor });
  return { kind: 'opened', user, opened: await sessions.open({ user, from: actor, replaces }) };
}

/**
 * A sign-in by a passkey alone, whose authenticator has recognised its owner: two factors in one.
 * @throws ProductError UNAUTHORIZED (it proves nothing), TOO_MANY_REQUESTS
 */
export async function signInByPasskey(
  {
    secondFactors,
    sessions,
  }: { readonly secondFactors: Pick<SecondFactors, 'passkeys'> } & Pick<SignInDependencies, 'sessions'>,
  input: Pick<SignInInput, 'replaces' | 'actor'> & { readonly response: AssertionResponse; readonly site: PasskeySite },
): Promise<OpenedSignIn> {
  const { response, site, replaces, actor } = input;
  const user = await secondFactors.passkeys.signIn(response, site, actor);
  return { kind: 'opened', user, opened: await sessions.open({ user, from: actor, replaces }) };
}
