import { ProductError } from '../../kernel/errors.ts';
import type { Person, Principal } from '../../kernel/principal.ts';
import type { AccessSettings } from '../access-settings.ts';

/** Who signs in elsewhere is asked for a second factor there. */
function couldEnrol(principal: Principal): principal is Person {
  return principal.kind === 'user' && principal.hasSecondFactor !== true && principal.signsInElsewhere !== true;
}

/** Whether somebody has to have a second factor and has none. Robots and access tokens are no persons, and go on. */
export function mustEnrolSecondFactor(
  principal: Principal,
  { requireSecondFactor }: Pick<AccessSettings, 'requireSecondFactor'>,
): boolean {
  if (!couldEnrol(principal)) return false;
  return requireSecondFactor === 'everybody' || (requireSecondFactor === 'administrators' && principal.isAdministrator);
}

/**
 * Keeps who must have a second factor, and has none, from everything but enrolling one.
 * @throws ProductError DENIED that says how.
 */
export async function assertSecondFactorEnrolled(
  principal: Principal,
  settings: { get(): Promise<Pick<AccessSettings, 'requireSecondFactor'>> },
): Promise<void> {
  if (!couldEnrol(principal)) return;
  if (!mustEnrolSecondFactor(principal, await settings.get())) return;
  throw new ProductError(
    'DENIED',
    'this registry asks a second factor of you: enrol one first, by POST /api/roadstead/v1/second-factor/totp',
  );
}
