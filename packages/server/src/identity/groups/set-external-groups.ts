import type { Kysely } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { shownLdapGroupName } from '../ldap/ldap-group-name.ts';
import { ensureExternalGroup } from './ensure-external-group.ts';
import type { ExternalGroupKind } from './group.ts';

export interface SetExternalGroupsInput {
  readonly userId: number;
  readonly kind: ExternalGroupKind;
  /** What the provider calls them, each once. */
  readonly names: readonly string[];
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Makes the user a member of these groups of the provider and of no others of its kind; those that are missing are made.
 * @returns whether anything has changed
 */
export async function setExternalGroups(context: InstanceTransaction, input: SetExternalGroupsInput): Promise<boolean> {
  const { tx } = context;
  const { userId, kind, names, actor, now } = input;
  const before = await listExternalGroups(tx, userId, kind);
  const after = new Set(names);
  const removed = before.filter(({ external_name }) => !after.has(external_name ?? ''));
  const known = new Set(before.map(({ external_name }) => external_name));
  const added = names.filter((name) => !known.has(name));
  if (removed.length === 0 && added.length === 0) return false;
  for (const name of added) {
    const shown = kind === 'ldap' ? shownLdapGroupName(name) : name;
    const groupId = await ensureExternalGroup(context, { kind, externalName: name, name: shown, actor, now });
    const row = { group_id: groupId, user_id: userId };
    await tx
      .insertInto('user_group_members')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  const groupIds = removed.map(({ id }) => id);
  if (groupIds.length > 0) {
    await tx.deleteFrom('user_group_members').where('user_id', '=', userId).where('group_id', 'in', groupIds).execute();
  }
  const detail = { userId, kind, added, removed: removed.map(({ name }) => name) };
  await appendJournal(tx, { at: now, actor, kind: 'user.groups-set', detail });
  return true;
}

function listExternalGroups(tx: Kysely<InstanceSchema>, userId: number, kind: ExternalGroupKind) {
  return tx
    .selectFrom('user_group_members')
    .innerJoin('user_groups', 'user_groups.id', 'user_group_members.group_id')
    .select(['user_groups.id', 'name', 'external_name'])
    .where('user_id', '=', userId)
    .where('kind', '=', kind)
    .execute();
}
