import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { GroupKind } from './group.ts';

export interface CreateGroupInput {
  /** Checked by the caller. */
  readonly name: string;
  readonly kind: GroupKind;
  readonly externalName: string | undefined;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns its id; undefined when a group of that name, or of that name at the provider, is there already */
export async function createGroup(
  { tx }: InstanceTransaction,
  { name, kind, externalName, actor, now }: CreateGroupInput,
): Promise<number | undefined> {
  const created = await tx
    .insertInto('user_groups')
    .values({ name, kind, external_name: externalName ?? null, created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (created === undefined) return undefined;
  const detail = { resource: name, outcome: 'done', groupId: created.id, kind, externalName: externalName ?? null };
  await appendJournal(tx, { at: now, actor, kind: 'group.created', detail });
  return created.id;
}
