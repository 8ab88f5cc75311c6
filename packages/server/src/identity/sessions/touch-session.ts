import type { InstanceTransaction } from '../../db/instance/instance-database.ts';

export interface TouchSessionInput {
  readonly id: string;
  readonly now: number;
}

/** Notes that the session is in use. */
export async function touchSession({ tx }: InstanceTransaction, { id, now }: TouchSessionInput): Promise<void> {
  await tx.updateTable('sessions').set({ last_used_at: now }).where('id', '=', id).execute();
}
