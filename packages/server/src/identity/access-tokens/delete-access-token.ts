import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';

export interface DeleteAccessTokenInput {
  readonly id: number;
  /** Whose it has to be; undefined: anybody's. */
  readonly userId: number | undefined;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns whether there was such a token */
export async function deleteAccessToken(
  { tx }: InstanceTransaction,
  { id, userId, actor, now }: DeleteAccessTokenInput,
): Promise<boolean> {
  const all = tx.deleteFrom('access_tokens').where('id', '=', id);
  const query = userId === undefined ? all : all.where('user_id', '=', userId);
  const row = await query.returning(['name', 'user_id']).executeTakeFirst();
  if (row === undefined) return false;
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'access-token.revoked',
    resource: row.name,
    outcome: 'done',
    detail: { accessTokenId: id, userId: row.user_id },
  });
  return true;
}
