import { describeImage, type LoadManifest } from '../../support/load/seeded-manifest.ts';
import type { DiskTrial } from './disk-trial.ts';
import type { SmallDisk } from './small-disk.ts';
import { expectStatus, findRefusalFaults, type TimedAnswer } from './timed-answer.ts';

const BALLAST_BYTES = 100_000;
const MAX_MANIFESTS = 400;

/** Manifests, which lie in the database, until it has no room; then there is room again. */
export async function fillByManifests(trial: DiskTrial, disk: SmallDisk): Promise<void> {
  const before = await trial.pushImage('before');
  let refused: { readonly timed: TimedAnswer; readonly image: LoadManifest; readonly tag: string } | undefined;
  for (let count = 0; count < MAX_MANIFESTS && refused === undefined; count += 1) {
    disk.takeLastByte();
    const [config, ...layers] = before.blobs;
    if (config === undefined) throw new Error('the image has no configuration');
    const image = describeImage(config, layers, `manifest ${count}`, { ballastBytes: BALLAST_BYTES });
    const timed = await trial.putManifest(image, `tag-${count}`);
    if (timed.answer.status !== 201) refused = { timed, image, tag: `tag-${count}` };
  }
  if (refused === undefined) throw new Error(`${MAX_MANIFESTS} manifests were taken without a byte of room`);
  const { timed, image, tag } = refused;
  await trial.check('a manifest is refused with 507', () => findRefusalFaults(timed, [507]));
  await trial.check('nothing of the refused manifest can be seen', async () => [
    ...(await trial.findRemains({ manifest: image.digest })),
    ...(await trial.findRemains({ manifest: tag })),
  ]);
  await trial.checkWhileRefusing();
  disk.giveBack();
  await trial.check('the refused manifest is taken when there is room', async () => {
    expectStatus(await trial.putManifest(image, tag), 201);
    return [];
  });
  await trial.checkRecovery();
}
