import type { DiskTrial } from './disk-trial.ts';
import type { SmallDisk } from './small-disk.ts';
import { findRefusalFaults } from './timed-answer.ts';

/** There is room for bytes and none for another file; then there is again. */
export async function takeAllInodes(trial: DiskTrial, disk: SmallDisk): Promise<void> {
  await trial.pushImage('before');
  disk.takeLastInode();
  await trial.check('a blob at once is refused with 507', async () => {
    const blob = trial.makeBlob(10_000);
    const faults = findRefusalFaults(await trial.putBlob(blob), [507]);
    return [...faults, ...(await trial.findRemains(blob))];
  });
  await trial.check('a blob in pieces is refused with 507', async () => {
    const blob = trial.makeBlob(10_000);
    const faults = findRefusalFaults(await trial.uploadInPieces(blob), [507]);
    return [...faults, ...(await trial.findRemains(blob))];
  });
  await trial.checkWhileRefusing();
  disk.giveBack();
  await trial.checkRecovery();
}
