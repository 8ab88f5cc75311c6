import type { InstanceTransaction } from '../../db/instance/instance-database.ts';

/** Signs a browser out, which is no change of anything else. */
export async function endSession({ tx }: InstanceTransaction, { id }: { readonly id: string }): Promise<void> {
  await tx.deleteFrom('sessions').where('id', '=', id).execute();
}
