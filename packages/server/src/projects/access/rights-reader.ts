import { LRUCache } from 'lru-cache';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { AccessSettings } from '../../identity/access-settings.ts';
import type { Clock } from '../../kernel/clock.ts';
import { onFirstUse } from '../../kernel/on-first-use.ts';
import type { PermissionBlock, PermissionKey } from '../../kernel/permission.ts';
import { type Principal, principalKey, type WorkloadRuleReference } from '../../kernel/principal.ts';
import { BUILTIN_ROLE_PERMISSIONS, isBuiltinRole } from '../roles/builtin-roles.ts';
import {
  ANONYMOUS_RIGHTS,
  type Membership,
  type Rights,
  rightsOfBlocks,
  rightsOfMember,
  rightsOfToken,
  rightsToEverything,
} from './rights.ts';

export interface RightsReaderDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly settings: () => Promise<AccessSettings>;
}

interface SelectedMembership {
  readonly project_id: number;
  readonly role: string;
  readonly repositories: string;
  readonly group_name: string | null;
  readonly role_name: string | null;
  readonly role_permissions: string | null;
}

interface SelectedBlocks {
  readonly permissions: string | null;
}

interface SelectedRule {
  readonly project_id: number;
  readonly permissions: string;
  readonly version: number;
  readonly disabled_at: number | null;
}

const RULE_PERMISSIONS = 'select project_id, permissions, version, disabled_at from workload_rules where id = ?';

/** One half for the user, one for the user's groups: with both in one condition PostgreSQL reads the whole table. */
const MEMBERSHIPS =
  'select m.project_id, m.role, m.repositories, m.group_name, r.name as role_name, r.permissions as role_permissions ' +
  'from (select project_id, role, repositories, cast(null as text) as group_name from project_members where user_id = ? ' +
  'union all select o.project_id, o.role, o.repositories, g.name from user_group_members b ' +
  'join user_groups g on g.id = b.group_id join project_members o on o.group_id = b.group_id where b.user_id = ?) m ' +
  "left join custom_roles r on m.role = 'custom:' || r.id";

/** How long another process may still honour what was taken away here. */
const MAX_STALE_MS = 2_000;
const MAX_REMEMBERED = 10_000;

interface KnownRights {
  readonly rights: Rights;
  readonly readAt: number;
  readonly projectCreation: AccessSettings['projectCreation'];
}

const OF_ADMINISTRATOR = rightsToEverything('administrator');
const OF_SYSTEM = rightsToEverything('system');
const NOTHING_GIVEN = rightsOfBlocks([]);

/** Reads what principals may do, and remembers it for two seconds: it is asked with every request. */
export class RightsReader {
  readonly #deps: RightsReaderDependencies;
  readonly #memberships: (values: readonly [number, number]) => Promise<readonly SelectedMembership[]>;
  readonly #robotBlocks: (values: readonly [number]) => Promise<readonly SelectedBlocks[]>;
  readonly #ruleBlocks: (values: readonly [number]) => Promise<readonly SelectedRule[]>;
  readonly #tokenBlocks: (values: readonly [number]) => Promise<readonly SelectedBlocks[]>;
  readonly #known = onFirstUse(() => new LRUCache<string, KnownRights>({ max: MAX_REMEMBERED }));
  /** Counts what was forgotten: what was read before that is not remembered after it. */
  #age = 0;

  constructor(deps: RightsReaderDependencies) {
    this.#deps = deps;
    const { database } = deps;
    this.#memberships = database.prepareRead('user_memberships', MEMBERSHIPS);
    this.#robotBlocks = database.prepareRead('robot_permissions', 'select permissions from robots where id = ?');
    this.#ruleBlocks = database.prepareRead('rule_permissions', RULE_PERMISSIONS);
    this.#tokenBlocks = database.prepareRead('token_permissions', 'select permissions from access_tokens where id = ?');
  }

  async of(principal: Principal): Promise<Rights> {
    if (principal.kind === 'anonymous') return ANONYMOUS_RIGHTS;
    if (principal.kind === 'system') return OF_SYSTEM;
    if (principal.kind === 'user' && principal.isAdministrator) return OF_ADMINISTRATOR;
    const key = keyOf(principal);
    const readAt = this.#deps.clock.now();
    const { projectCreation } = await this.#deps.settings();
    const known = this.#known().get(key);
    if (known !== undefined && known.projectCreation === projectCreation && isFresh(known, readAt)) return known.rights;
    const age = this.#age;
    const rights = await this.#read(principal, projectCreation === 'everyone');
    if (age === this.#age) this.#known().set(key, { rights, readAt, projectCreation });
    return rights;
  }

  /** What was changed here holds here at once, for whoever asks from now on. */
  forget(): void {
    this.#age += 1;
    this.#known().clear();
  }

  async #read(principal: Principal, mayCreateProjects: boolean): Promise<Rights> {
    switch (principal.kind) {
      case 'user':
        return this.#readMember(principal.id, mayCreateProjects);
      case 'robot': {
        const [row] = await this.#robotBlocks([principal.id]);
        return rightsOfBlocks(parseBlocks(row));
      }
      case 'access-token': {
        const owner = principal.isAdministrator
          ? OF_ADMINISTRATOR
          : await this.#readMember(principal.userId, mayCreateProjects);
        const [row] = await this.#tokenBlocks([principal.id]);
        if (row === undefined) return NOTHING_GIVEN;
        return row.permissions === null ? owner : rightsOfToken(owner, parseBlocks(row));
      }
      case 'workload':
        return rightsOfBlocks((await Promise.all(principal.rules.map((rule) => this.#readRule(rule)))).flat());
      default:
        return ANONYMOUS_RIGHTS;
    }
  }

  /** Nothing of a rule that was changed since. */
  async #readRule({ id, version }: WorkloadRuleReference): Promise<readonly PermissionBlock[]> {
    const [row] = await this.#ruleBlocks([id]);
    if (row === undefined || row.version !== version || row.disabled_at !== null) return [];
    return [{ scope: row.project_id, allow: JSON.parse(row.permissions) as PermissionKey[], deny: [] }];
  }

  async #readMember(userId: number, mayCreateProjects: boolean): Promise<Rights> {
    const rows = await this.#memberships([userId, userId]);
    return rightsOfMember(rows.map(toMembership), () => mayCreateProjects);
  }
}

function keyOf(principal: Principal): string {
  const key = principalKey(principal);
  if (principal.kind === 'access-token') return `${key} ${principal.isAdministrator}`;
  if (principal.kind !== 'workload') return key;
  return `${key} ${principal.rules.map(({ id, version }) => `${id}.${version}`).join(' ')}`;
}

/** A clock that was set back makes nothing fresh for longer. */
function isFresh({ readAt }: KnownRights, now: number): boolean {
  return now >= readAt && now - readAt < MAX_STALE_MS;
}

function parseBlocks(row: SelectedBlocks | undefined): readonly PermissionBlock[] {
  return row?.permissions == null ? [] : (JSON.parse(row.permissions) as PermissionBlock[]);
}

function toMembership(row: SelectedMembership): Membership {
  const shared = {
    projectId: row.project_id,
    group: row.group_name ?? undefined,
    repositories: row.repositories,
  };
  if (isBuiltinRole(row.role)) return { ...shared, role: row.role, permissions: BUILTIN_ROLE_PERMISSIONS[row.role] };
  // A custom role that is gone gives nothing.
  const permissions = row.role_permissions === null ? [] : (JSON.parse(row.role_permissions) as PermissionKey[]);
  return { ...shared, role: row.role_name ?? row.role, permissions: new Set(permissions) };
}
