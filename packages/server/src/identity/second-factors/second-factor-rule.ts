import { LRUCache } from 'lru-cache';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import { onFirstUse } from '../../kernel/on-first-use.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { AccessSettings } from '../access-settings.ts';

/** How long a role that was given or taken may not count yet. */
const MAX_STALE_MS = 2_000;
const MAX_REMEMBERED = 10_000;

export interface SecondFactorRuleDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly settings: () => Promise<Pick<AccessSettings, 'requireSecondFactor' | 'requireSecondFactorOfRoles'>>;
}

interface KnownHolder {
  readonly holds: boolean;
  readonly roles: string;
  readonly readAt: number;
}

/** Who has to have a second factor. Robots and access tokens are no persons, and go on. */
export class SecondFactorRule {
  readonly #deps: SecondFactorRuleDependencies;
  readonly #known = onFirstUse(() => new LRUCache<number, KnownHolder>({ max: MAX_REMEMBERED }));

  constructor(dependencies: SecondFactorRuleDependencies) {
    this.#deps = dependencies;
  }

  /** Whether somebody has to have one and has none. */
  async mustEnrol(principal: Principal): Promise<boolean> {
    if (principal.kind !== 'user' || principal.hasSecondFactor === true) return false;
    // Who signs in elsewhere is asked for a second factor there.
    if (principal.signsInElsewhere === true) return false;
    const { requireSecondFactor, requireSecondFactorOfRoles: roles } = await this.#deps.settings();
    if (requireSecondFactor === 'everybody') return true;
    if (requireSecondFactor === 'administrators' && principal.isAdministrator) return true;
    return roles.length > 0 && this.#holdsOneOf(principal.id, roles);
  }

  /**
   * Keeps who must have a second factor, and has none, from everything but enrolling one.
   * @throws ProductError DENIED that says how.
   */
  async assertEnrolled(principal: Principal): Promise<void> {
    if (!(await this.mustEnrol(principal))) return;
    throw new ProductError(
      'DENIED',
      'this registry asks a second factor of you: enrol one first, by POST /api/roadstead/v1/second-factor/totp or with a ' +
        'passkey; programs use a personal access token',
    );
  }

  async #holdsOneOf(userId: number, roles: readonly string[]): Promise<boolean> {
    const readAt = this.#deps.clock.now();
    const asked = roles.join(' ');
    const known = this.#known().get(userId);
    const isFresh = known !== undefined && readAt >= known.readAt && readAt - known.readAt < MAX_STALE_MS;
    if (isFresh && known.roles === asked) return known.holds;
    const holds = await this.#find(userId, roles);
    this.#known().set(userId, { holds, roles: asked, readAt });
    return holds;
  }

  /** In any project, for all of it or a part, by itself or by a group. */
  async #find(userId: number, roles: readonly string[]): Promise<boolean> {
    const { reader } = this.#deps.database;
    const own = reader
      .selectFrom('project_members')
      .select('project_members.id')
      .where('project_members.user_id', '=', userId)
      .where('role', 'in', roles);
    if ((await own.limit(1).executeTakeFirst()) !== undefined) return true;
    const ofGroups = reader
      .selectFrom('user_group_members')
      .innerJoin('project_members', 'project_members.group_id', 'user_group_members.group_id')
      .select('project_members.id')
      .where('user_group_members.user_id', '=', userId)
      .where('role', 'in', roles);
    return (await ofGroups.limit(1).executeTakeFirst()) !== undefined;
  }
}
