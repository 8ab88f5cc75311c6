import path from 'node:path';
import { runTool } from '../../support/process/mounts.ts';
import type { DiskTrial } from './disk-trial.ts';
import type { SmallDisk } from './small-disk.ts';
import { findRefusalFaults } from './timed-answer.ts';

/** The volume of the blobs is remounted read-only while the server runs, and then as it was. */
export async function losePermissionToWrite(trial: DiskTrial, disk: SmallDisk): Promise<void> {
  await trial.pushImage('before');
  const volume = path.join(disk.dataDir, 'instances/main/blobs');
  runTool('mount', ['-o', 'remount,ro', volume]);
  for (const [name, upload] of [
    ['at once', trial.putBlob.bind(trial)],
    ['in pieces', trial.uploadInPieces.bind(trial)],
  ] as const) {
    await trial.check(`a blob ${name} is refused with 507 or 503`, async () => {
      const blob = trial.makeBlob(10_000);
      const faults = findRefusalFaults(await upload(blob), [507, 503]);
      return [...faults, ...(await trial.findRemains(blob))];
    });
  }
  await trial.checkWhileRefusing();
  runTool('mount', ['-o', 'remount,rw', volume]);
  await trial.checkRecovery();
}
