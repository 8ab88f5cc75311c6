import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { JobHandler } from '../../jobs/job-handler.ts';
import { forgetChanges } from './recovery-state.ts';
import type { Shipper } from './shipper.ts';

/** The kind and the name of the recurring job. */
export const SHIP_RECORDS = 'ship-records';

export interface ShipHandlerDeps {
  readonly shipper: Pick<Shipper, 'run'>;
  readonly database: InstanceDatabase;
  /** When it is off, what the database notes is forgotten. */
  readonly isOn: boolean;
}

const RETRY = { firstDelayMs: 2_000, maxDelayMs: 30_000 };
const FORGET_BATCH = 5_000;

/** Ships what a lost database is restored from, again and again. */
export function createShipHandler({ shipper, database, isOn }: ShipHandlerDeps): JobHandler {
  return {
    kind: SHIP_RECORDS,
    maxConcurrent: 1,
    retry: RETRY,
    async run(job) {
      if (isOn) {
        const { base, ...report } = await shipper.run(job);
        if (base !== undefined) job.log(`Base ${base} is complete.`);
        return { status: 'success', result: { ...report, base: base ?? null } };
      }
      const { fence } = job;
      while ((await database.execute(forgetChanges, { limit: FORGET_BATCH, fence })) === FORGET_BATCH) {
        job.signal.throwIfAborted();
      }
      return { status: 'success' };
    },
  };
}
