import { ProductError } from '../../kernel/errors.ts';
import type { Principal } from '../../kernel/principal.ts';

/**
 * Keeps a user whose password somebody else chose from everything but choosing another.
 * @throws ProductError DENIED that says how.
 */
export function assertPasswordChosen(principal: Principal): void {
  if (principal.kind !== 'user' || principal.mustChangePassword !== true) return;
  throw new ProductError(
    'DENIED',
    `this password was set by somebody else: choose your own first, by PUT /api/v2.0/users/${principal.id}/password ` +
      'with old_password and new_password',
  );
}
