import { holdCollection, releaseCollection } from '../../../content/collection/collection-holds.ts';
import type { InstanceDatabase } from '../../../db/instance/instance-database.ts';
import type { Clock } from '../../../kernel/clock.ts';

const NAME = 'move-storage';
/** A process that is killed keeps the collector from its work for no longer than this. */
const HOLD_MS = 5 * 60_000;
const RENEWALS = 5;

/** Keeps the collector from removing anything while the work lasts. */
export async function holdCollectionWhile<Result>(
  { database, clock }: { readonly database: InstanceDatabase; readonly clock: Clock },
  work: () => Promise<Result>,
): Promise<Result> {
  const hold = () => database.execute(holdCollection, { name: NAME, until: clock.now() + HOLD_MS });
  await hold();
  // One that fails is followed by others; without any, what the collector takes is found to be gone.
  const timer = setInterval(() => void hold().catch(() => undefined), HOLD_MS / RENEWALS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await database.execute(releaseCollection, { name: NAME });
  }
}
