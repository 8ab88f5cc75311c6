import type { DiskTrial } from './disk-trial.ts';
import { SmallDisk } from './small-disk.ts';

const PUSHES = 5;

/** Others have filled the folder for temporary files: the data have room, so nothing is refused. */
export async function fillTemporaryFolder(trial: DiskTrial, folder: string): Promise<void> {
  const disk = new SmallDisk(folder);
  disk.takeLastByte();
  await trial.check('images are pushed', async () => {
    for (let count = 0; count < PUSHES; count += 1) await trial.pushImage(`tag-${count}`);
    return [];
  });
  disk.giveBack();
}
