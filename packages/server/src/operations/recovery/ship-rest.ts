import { setTimeout as wait } from 'node:timers/promises';
import type { InstanceDatabase, InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { SHIP_RECORDS } from './ship-handler.ts';

export interface ShipRestDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  /** Has the worker look for what is due. */
  readonly wake: () => void;
}

/** A stop waits no longer for it: the next start ships the rest. */
const MAX_WAIT_MS = 2_000;
const LOOK_AGAIN_MS = 25;

/** Before an end: has the worker ship what has changed since the last shipment, so that an instance at rest has lost nothing. */
export async function shipRest({ database, clock, wake }: ShipRestDeps): Promise<void> {
  for (const deadline = performance.now() + MAX_WAIT_MS; performance.now() < deadline; ) {
    const change = await database.reader.selectFrom('row_changes').select('id').limit(1).executeTakeFirst();
    if (change === undefined) return;
    await database.execute(hastenShipping, { now: clock.now() });
    wake();
    await wait(LOOK_AGAIN_MS);
  }
}

/** Makes the shipping due, unless it runs or has failed just now. */
export async function hastenShipping({ tx }: InstanceTransaction, { now }: { readonly now: number }): Promise<void> {
  await tx
    .updateTable('jobs')
    .set({ run_after: now })
    .where('name', '=', SHIP_RECORDS)
    .where('status', '=', 'pending')
    .where('attempts', '=', 0)
    .where('run_after', '>', now)
    .execute();
}
