import type { Principal } from '../kernel/principal.ts';

/** Who may look after an instance as a whole: start its collector, confirm what it removes, read what its jobs say. */
export function canOperate(principal: Principal): boolean {
  return principal.kind === 'system' || (principal.kind === 'user' && principal.isAdministrator);
}
