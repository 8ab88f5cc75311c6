import type { InstanceTransaction } from '../db/instance/instance-database.ts';

export interface NoteUseInput {
  readonly table: 'robots' | 'access_tokens';
  readonly id: number;
  readonly now: number;
}

/** When somebody signed in with it last. Not a change that anybody needs to hear of. */
export async function noteUse({ tx }: InstanceTransaction, { table, id, now }: NoteUseInput): Promise<void> {
  await tx.updateTable(table).set({ last_used_at: now }).where('id', '=', id).execute();
}
