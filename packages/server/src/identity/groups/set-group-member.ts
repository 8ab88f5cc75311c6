import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';

export interface SetGroupMemberInput {
  readonly groupId: number;
  readonly userId: number;
  readonly isMember: boolean;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Puts a user into an internal group, or takes it out; twice is once.
 * @throws ProductError NOT_FOUND (no such group, no such user), PRECONDITION (the provider says who is in it)
 */
export async function setGroupMember(
  { tx }: InstanceTransaction,
  { groupId, userId, isMember, actor, now }: SetGroupMemberInput,
): Promise<void> {
  const group = await tx
    .selectFrom('user_groups')
    .select(['name', 'kind'])
    .where('id', '=', groupId)
    .executeTakeFirst();
  if (group === undefined) throw new ProductError('NOT_FOUND', 'there is no such group');
  const user = await tx.selectFrom('users').select('username').where('id', '=', userId).executeTakeFirst();
  if (user === undefined) throw new ProductError('NOT_FOUND', 'there is no such user');
  if (group.kind !== 'internal') {
    throw new ProductError(
      'PRECONDITION',
      `the group ${group.name} is one of the login provider (${group.kind}): who is in it is said there, at each sign-in`,
    );
  }
  const row = { group_id: groupId, user_id: userId };
  const changed = isMember
    ? await tx
        .insertInto('user_group_members')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .returning('user_id')
        .execute()
    : await tx
        .deleteFrom('user_group_members')
        .where('group_id', '=', groupId)
        .where('user_id', '=', userId)
        .returning('user_id')
        .execute();
  if (changed.length === 0) return;
  const kind = isMember ? 'group.member-added' : 'group.member-removed';
  const detail = { resource: group.name, outcome: 'done', groupId, userId, username: user.username };
  await appendJournal(tx, { at: now, actor, kind, detail });
}
