import type { ControlPlaneSchema } from '../../db/control-plane/schema.ts';
import type { Database } from '../../drivers/database/database.ts';
import { WakeRows } from './wake-rows.ts';

/** For who has just become the only one to work on the data: whoever had instances open before is dead, and they are looked at. */
export async function forgetHolders(database: Database<ControlPlaneSchema>): Promise<void> {
  const rows = new WakeRows(database.capabilities);
  await database.write((tx) => rows.removeAllHolders(tx));
}
