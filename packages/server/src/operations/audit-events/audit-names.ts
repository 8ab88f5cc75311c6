import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import type { AuditEntry } from './audit-entry.ts';

/** Names as they are now, for what entries name by a key. */
export interface AuditNames {
  /** Of a principal's key: `user:7` → `ann`, or `deleted user 7`. Keys that are names already stay as they are. */
  nameOf(key: string): string;
  /** Undefined when the project is gone. */
  projectName(id: number): string | undefined;
}

const USER_KEY = /^user:(\d{1,15})$/;

/** Finds the names that some entries need: a query for each kind of thing, however many entries there are. */
export async function findAuditNames(
  reader: Kysely<InstanceSchema>,
  entries: readonly AuditEntry[],
): Promise<AuditNames> {
  const keys = entries.flatMap(({ actor, resource }) => [actor, resource]);
  const userIds = unique(keys.flatMap((key) => USER_KEY.exec(key)?.[1] ?? []).map(Number));
  const projectIds = unique(entries.flatMap(({ projectId }) => projectId ?? []));
  const users = new Map<number, string>();
  const projects = new Map<number, string>();
  if (userIds.length > 0) {
    const rows = await reader.selectFrom('users').select(['id', 'username']).where('id', 'in', userIds).execute();
    for (const { id, username } of rows) users.set(id, username);
  }
  if (projectIds.length > 0) {
    const rows = await reader.selectFrom('projects').select(['id', 'name']).where('id', 'in', projectIds).execute();
    for (const { id, name } of rows) projects.set(id, name);
  }
  return {
    nameOf: (key) => {
      const id = USER_KEY.exec(key)?.[1];
      return id === undefined ? key : (users.get(Number(id)) ?? `deleted user ${id}`);
    },
    projectName: (id) => projects.get(id),
  };
}

function unique(values: readonly number[]): readonly number[] {
  return [...new Set(values)];
}
