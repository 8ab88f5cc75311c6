import type { Visibility } from '../../content/repositories/visibility.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { DistributionInstance } from './distribution-instance.ts';

/** Whose repositories the principal may be shown. */
export function visibilityOf(instance: DistributionInstance, principal: Principal): Visibility {
  return instance.projects.permissions.canSeeEveryProject(principal) ? 'all' : 'public';
}
