import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { RequestOrigin } from '../../kernel/actor.ts';

/** Of those that nobody has looked at yet. */
export const MAX_RESET_REQUESTS = 1_000;

export interface NoteResetRequestInput {
  readonly id: string;
  /** Sealed. */
  readonly identifier: Buffer;
  readonly origin: RequestOrigin;
  readonly now: number;
}

/** Keeps that somebody has forgotten a password, whoever it is: what is written does not depend on it. One too many is let fall. */
export async function noteResetRequest(
  { tx }: InstanceTransaction,
  { id, identifier, origin, now }: NoteResetRequestInput,
): Promise<void> {
  const last = await tx
    .selectFrom('password_reset_requests')
    .select('id')
    .offset(MAX_RESET_REQUESTS - 1)
    .limit(1)
    .executeTakeFirst();
  if (last !== undefined) return;
  const { address, userAgent, requestId } = origin;
  await tx
    .insertInto('password_reset_requests')
    .values({ id, identifier, origin: JSON.stringify({ address, userAgent, requestId }), created_at: now })
    .execute();
}
