import type { FaultClass, Target } from '../fault-class.ts';
import { allowJournal } from '../management/allow-journal.ts';
import { createCookieCases } from '../sessions/cookie-attacks.ts';
import { createCookieFlagCases } from '../sessions/cookie-flags.ts';
import { createEndingCases } from '../sessions/endings.ts';
import { createFixationCases } from '../sessions/fixation.ts';
import { createForeignSessionCases } from '../sessions/foreign-sessions.ts';
import { createForgedPageCases } from '../sessions/forged-pages.ts';
import { createMisplacedSecretCases } from '../sessions/misplaced-secrets.ts';
import { createSignInCases } from '../sessions/sign-in-attacks.ts';
import { createSilentRequestCases } from '../sessions/silent-requests.ts';
import { TRUSTED_PROXY } from '../trusted-proxy.ts';

/** What is tried on people who are signed in with a browser: their cookies, and requests that they never meant. */
export function createHostileSessions(target: Target): FaultClass {
  const cases = [
    ...createCookieCases(target),
    ...createMisplacedSecretCases(target),
    ...createFixationCases(target),
    ...createCookieFlagCases(target),
    ...createEndingCases(),
    ...createForeignSessionCases(target),
    ...createSignInCases(target),
    ...createForgedPageCases(target),
    ...createSilentRequestCases(target),
  ];
  return {
    name: 'sessions',
    unit: 'attacks',
    corpusSize: cases.length,
    minCorpusSize: 300,
    concurrency: 4,
    cases,
    from: TRUSTED_PROXY,
    explainChanges: allowJournal([
      ...['user.created', 'user.deleted', 'user.disabled', 'user.enabled', 'user.administrator-changed'],
      ...['user.password-changed', 'session.revoked'],
    ]),
  };
}
