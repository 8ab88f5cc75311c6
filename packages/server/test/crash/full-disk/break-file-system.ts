import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describeImage } from '../../support/load/seeded-manifest.ts';
import { deviceOf } from '../../support/process/mounts.ts';
import type { DiskTrial } from './disk-trial.ts';
import type { SmallDisk } from './small-disk.ts';
import { findRefusalFaults } from './timed-answer.ts';

/** The kernel finds an error and makes the whole file system read-only, open databases included, until it is repaired. */
export async function breakFileSystem(trial: DiskTrial, disk: SmallDisk): Promise<void> {
  const before = await trial.pushImage('before');
  const [config, ...layers] = before.blobs;
  if (config === undefined) throw new Error('the image has no configuration');
  writeFileSync(`/sys/fs/ext4/${path.basename(deviceOf(disk.folder))}/trigger_fs_error`, 'made by a test');
  await trial.check('a blob is refused with 507 or 503', async () => {
    const blob = trial.makeBlob(10_000);
    const faults = findRefusalFaults(await trial.putBlob(blob), [507, 503]);
    return [...faults, ...(await trial.findRemains(blob))];
  });
  await trial.check('a manifest is refused with 507 or 503', async () => {
    const image = describeImage(config, layers, 'after the error');
    const faults = findRefusalFaults(await trial.putManifest(image, 'after'), [507, 503]);
    return [...faults, ...(await trial.findRemains({ manifest: image.digest }))];
  });
  await trial.check('the delete of a tag is refused with 507 or 503', async () =>
    findRefusalFaults(await trial.deleteTag('before'), [507, 503]),
  );
  await trial.checkWhileRefusing();
}
