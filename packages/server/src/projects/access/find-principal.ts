import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Principal } from '../../kernel/principal.ts';

/** Whose rights are asked for. */
export interface PrincipalName {
  readonly kind: 'user' | 'robot';
  /** A robot's with its prefix or without. */
  readonly name: string;
}

export interface FoundPrincipal {
  readonly principal: Principal;
  /** Neither disabled nor expired. */
  readonly canSignIn: boolean;
}

export interface PrincipalSearch {
  readonly database: InstanceDatabase;
  /** What the sign-in names of robots begin with. */
  readonly robotNamePrefix: string;
  /** Only robots of this project; undefined: all. */
  readonly robotsOfProjectId: number | undefined;
  readonly now: number;
}

/** Somebody who is not there to say who it is: for questions about the rights of others. */
export async function findPrincipal(
  { kind, name }: PrincipalName,
  search: PrincipalSearch,
): Promise<FoundPrincipal | undefined> {
  return kind === 'user' ? findUser(name, search) : findRobot(name, search);
}

async function findUser(name: string, { database }: PrincipalSearch): Promise<FoundPrincipal | undefined> {
  const row = await database.reader
    .selectFrom('users')
    .select(['id', 'username', 'is_administrator', 'disabled_at'])
    .where('username', '=', name)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { id, username, is_administrator, disabled_at } = row;
  const principal: Principal = { kind: 'user', id, name: username, isAdministrator: is_administrator !== 0 };
  return { principal, canSignIn: disabled_at === null };
}

async function findRobot(name: string, search: PrincipalSearch): Promise<FoundPrincipal | undefined> {
  const { database, robotNamePrefix, robotsOfProjectId, now } = search;
  const fullName = name.startsWith(robotNamePrefix) ? name.slice(robotNamePrefix.length) : name;
  const row = await database.reader
    .selectFrom('robots')
    .select(['id', 'full_name', 'project_id', 'disabled_at', 'expires_at'])
    .where('full_name', '=', fullName)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (robotsOfProjectId !== undefined && row.project_id !== robotsOfProjectId) return undefined;
  const canSignIn = row.disabled_at === null && (row.expires_at === null || row.expires_at > now);
  return { principal: { kind: 'robot', id: row.id, name: `${robotNamePrefix}${row.full_name}` }, canSignIn };
}
