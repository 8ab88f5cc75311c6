import type { Kysely } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';

/** Where the scrub is in its round over all stored copies, and what the rounds have found. */
export interface ScrubState {
  /** The id of the last blob that was read in this round. */
  readonly lastBlobId: number;
  readonly roundStartedAt: number | null;
  readonly roundBytes: number;
  readonly roundBlobs: number;
  /** When the last whole round ended, and how long it took. */
  readonly lastRoundEndedAt: number | null;
  readonly lastRoundMs: number | null;
  /** Since the instance was made. */
  readonly damaged: number;
  readonly missing: number;
  readonly unreadable: number;
}

const NAME = 'scrub';

export const INITIAL_SCRUB_STATE: ScrubState = {
  lastBlobId: 0,
  roundStartedAt: null,
  roundBytes: 0,
  roundBlobs: 0,
  lastRoundEndedAt: null,
  lastRoundMs: null,
  damaged: 0,
  missing: 0,
  unreadable: 0,
};

export async function readScrubState(db: Kysely<InstanceSchema>): Promise<ScrubState> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', NAME).executeTakeFirst();
  return row === undefined ? INITIAL_SCRUB_STATE : { ...INITIAL_SCRUB_STATE, ...JSON.parse(row.value) };
}

export interface WriteScrubStateInput {
  readonly state: ScrubState;
  readonly fence?: JobFence | undefined;
  readonly now: number;
}

export async function writeScrubState(context: InstanceTransaction, input: WriteScrubStateInput): Promise<void> {
  if (input.fence !== undefined) await assertJobLease(context, input.fence, input.now);
  const value = JSON.stringify(input.state);
  await context.tx
    .insertInto('settings')
    .values({ name: NAME, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}
