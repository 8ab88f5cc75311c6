import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';

export interface RevokeSessionsInput {
  readonly userId: number;
  /** One of them; undefined: all. */
  readonly id: string | undefined;
  /** Of all of them, the one that stays. */
  readonly exceptId: string | undefined;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns how many have ended */
export async function revokeSessions({ tx }: InstanceTransaction, input: RevokeSessionsInput): Promise<number> {
  const { userId, id, exceptId, actor, now } = input;
  let query = tx.deleteFrom('sessions').where('user_id', '=', userId);
  if (id !== undefined) query = query.where('id', '=', id);
  if (exceptId !== undefined) query = query.where('id', '<>', exceptId);
  const ended = await query.returning('id').execute();
  if (ended.length === 0) return 0;
  const detail = { userId, sessionIds: ended.map((session) => session.id) };
  await appendJournal(tx, { at: now, actor, kind: 'session.revoked', detail });
  return ended.length;
}
