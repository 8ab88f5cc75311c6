import type { InstanceTransaction } from '../../db/instance/instance-database.ts';

/**
 * Keeps a login provider from being deleted before the transaction ends.
 * @returns its version: what somebody proved there counts only if that is the one whose settings it was proven by; undefined:
 *   there is no such provider any more
 */
export async function lockProvider({ tx, capabilities }: InstanceTransaction, id: string): Promise<number | undefined> {
  let query = tx.selectFrom('login_providers').select('version').where('id', '=', id);
  if (capabilities.rowLocks) query = query.forKeyShare();
  return (await query.executeTakeFirst())?.version;
}
