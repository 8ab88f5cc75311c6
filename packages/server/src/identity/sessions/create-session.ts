import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { insertSession, type NewSession } from './insert-session.ts';

export interface CreateSessionInput {
  readonly session: NewSession;
  /** The user's, when the password was checked: after a change since then the session is born dead. */
  readonly tokenEpoch: number;
  /** SHA-256 of what the browser showed so far: that session ends. */
  readonly replacesHash: Buffer | undefined;
  /** How many a user may have: those unused for longest go first. */
  readonly maxPerUser: number;
}

export async function createSession({ tx }: InstanceTransaction, input: CreateSessionInput): Promise<void> {
  const { session, tokenEpoch, replacesHash, maxPerUser } = input;
  if (replacesHash !== undefined) {
    await tx.deleteFrom('sessions').where('token_hash', '=', replacesHash).execute();
  }
  await insertSession(tx, { ...session, tokenEpoch });
  await tx
    .deleteFrom('sessions')
    .where('user_id', '=', session.userId)
    .where('expires_at', '<=', session.now)
    .execute();
  const surplus = tx
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', session.userId)
    .where('id', '<>', session.id)
    .orderBy('last_used_at', 'desc')
    .orderBy('id')
    .limit(1_000)
    .offset(maxPerUser - 1);
  await tx.deleteFrom('sessions').where('id', 'in', surplus).execute();
}
