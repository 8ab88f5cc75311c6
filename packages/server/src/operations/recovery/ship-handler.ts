import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { JobHandler } from '../../jobs/job-handler.ts';
import type { JsonValue } from '../../jobs/json-value.ts';
import type { Clock } from '../../kernel/clock.ts';
import { forgetChanges } from './recovery-state.ts';
import type { Shipper } from './shipper.ts';

/** The kind and the name of the recurring job. */
export const SHIP_RECORDS = 'ship-records';

export interface ShipHandlerDeps {
  readonly shipper: Pick<Shipper, 'run'>;
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  /** When it is off, what the database notes is forgotten. */
  readonly isOn: boolean;
}

const RETRY = { firstDelayMs: 2_000, maxDelayMs: 30_000 };
const FORGET_BATCH = 5_000;

/** Ships what a lost database is restored from, again and again. */
export function createShipHandler({ shipper, database, clock, isOn }: ShipHandlerDeps): JobHandler {
  return {
    kind: SHIP_RECORDS,
    maxConcurrent: 1,
    retry: RETRY,
    async run(job) {
      if (isOn) {
        const at = clock.now();
        const { base, ...report } = await shipper.run(job);
        if (base !== undefined) job.log(`Base ${base} is complete.`);
        return { status: 'success', result: { at, ...report, base: base ?? null } };
      }
      const { fence } = job;
      while ((await database.execute(forgetChanges, { limit: FORGET_BATCH, fence })) === FORGET_BATCH) {
        job.signal.throwIfAborted();
      }
      return { status: 'success', result: { at: null } };
    },
  };
}

/** Up to when everything lies in the storage, as the last run that succeeded has left it; undefined when nothing is shipped. */
export function readShippedTo(result: JsonValue | undefined): number | undefined {
  const { at } = (result ?? {}) as { readonly at?: number | null };
  return at ?? undefined;
}
