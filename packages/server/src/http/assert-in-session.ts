import { ProductError } from '../kernel/errors.ts';
import type { Exchange } from './exchange.ts';

/**
 * For what somebody who signs in elsewhere does with the own credentials: a secret for the command line proves less than a session.
 * @returns the session's id; undefined for who has a password here and shows that
 * @throws ProductError DENIED
 */
export function assertInSession({ authentication }: Pick<Exchange, 'authentication'>): string | undefined {
  if (authentication.kind === 'session') return authentication.id;
  const principal = 'principal' in authentication ? authentication.principal : undefined;
  if (principal?.kind !== 'user' || principal.signsInElsewhere !== true) return undefined;
  throw new ProductError('DENIED', 'this is done in a session: sign in at your login provider first');
}
