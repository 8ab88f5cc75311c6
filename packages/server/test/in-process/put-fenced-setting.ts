import type { InstanceTransaction } from '../../src/db/instance/instance-database.ts';
import { assertJobLease, type JobFence } from '../../src/jobs/job-fence.ts';

export interface PutFencedSettingInput {
  readonly fence: JobFence;
  readonly now?: number;
  readonly name: string;
  readonly value: string;
}

/** A command of a feature as a job runs it: it writes the setting only if the job still holds its lease. */
export async function putFencedSetting(
  context: Pick<InstanceTransaction, 'tx' | 'capabilities'>,
  input: PutFencedSettingInput,
): Promise<void> {
  await assertJobLease(context, input.fence, input.now);
  await context.tx.insertInto('settings').values({ name: input.name, value: input.value }).execute();
}
