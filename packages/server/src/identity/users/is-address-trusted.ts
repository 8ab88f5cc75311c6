import type { Actor } from '../../kernel/actor.ts';
import { userIdOf } from '../../kernel/principal.ts';

/**
 * Whether an e-mail address is known to be the account's because of who sets it: somebody who looks after accounts. What people
 * say of themselves, or what a login provider says of them, may be the address of somebody else.
 * @param userId undefined for an account that is being made
 */
export function isAddressTrusted({ principal }: Pick<Actor, 'principal'>, userId: number | undefined): boolean {
  if (principal.kind === 'user' && principal.isAdministrator) return true;
  if (principal.kind !== 'user' && principal.kind !== 'robot' && principal.kind !== 'access-token') return false;
  return userIdOf(principal) !== userId;
}
