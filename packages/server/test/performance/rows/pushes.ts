import type { ComparedCell } from '../bench-result.ts';
import type { RegistryClient } from '../content/registry-client.ts';
import { seedSampleImage } from '../content/sample-image.ts';
import type { LoadProcess } from '../load/load-process.ts';
import type { LoadResult } from '../load/load-task.ts';
import { compareInRounds, type SideName } from '../measure/compare-in-rounds.ts';
import { judgeRate } from '../measure/judge.ts';
import { measureLoad } from '../measure/measure-load.ts';
import type { BenchRow, RowContext } from '../row.ts';
import { PROJECT, pushScope } from '../servers/running-server.ts';
import { flushDisk } from './flush-disk.ts';
import { type OpenServer, openLoad, openPair, readPeaks } from './server-pair.ts';
import { warmUpSeconds } from './warm-up-seconds.ts';

const CLIENTS = 16;
const LAYER_BYTES = 2 * 1024;
const TARGET_RATE_RATIO = 5;

/** What a build farm does all day: small images, of which nothing is known yet. */
export const pushes: BenchRow = {
  name: 'pushes',
  title: 'Pushes of small images, one core',
  async run(context) {
    const pair = await openPair(context, 'apart');
    for (const { client } of [pair.ours, pair.peer]) await seedSampleImage(client, `${PROJECT}/pushes`);
    const load = openLoad(context, 'apart');
    const title = `push of an image with a layer of 2 KiB, ${CLIENTS} clients`;
    const cells = await comparePushes(context, pair, load, { id: 'push-16', title });
    return { cells, verdicts: cells.map((cell) => judgeRate(cell, TARGET_RATE_RATIO)), memory: readPeaks(pair) };
  },
};

/** Sixteen clients push images to one server and then to the other. */
export function comparePushes(
  context: RowContext,
  pair: Readonly<Record<SideName, OpenServer>>,
  load: LoadProcess,
  cell: { readonly id: string; readonly title: string },
): Promise<readonly ComparedCell[]> {
  const { isQuick, rounds } = context.extent;
  const takeSample = async (_: object, side: SideName, round: number) => {
    const { server, client, target } = pair[side];
    const names = Array.from({ length: CLIENTS }, (_unused, index) => `${PROJECT}/pushes/client-${index}`);
    const authorize = async (name: string) => ({ name, headers: await client.authorize(pushScope(name)) });
    flushDisk(context.workDir);
    const { sample, result } = await measureLoad(
      server,
      load,
      {
        kind: 'pushes',
        target,
        repositories: await Promise.all(names.map(authorize)),
        layerBytes: LAYER_BYTES,
        warmUpSeconds: warmUpSeconds(context, round),
        seconds: isQuick ? 1.5 : 4,
      },
      context.clock,
    );
    await verifyManifests(client, names, result.uploaded);
    return sample;
  };
  return compareInRounds([{ ...cell, unit: 'pushes/s' }], rounds, takeSample);
}

/** The last image of each client must be there, byte for byte. */
async function verifyManifests(
  client: RegistryClient,
  repositories: readonly string[],
  manifests: LoadResult['uploaded'],
): Promise<void> {
  for (const [index, { digest, bytes }] of manifests.entries()) {
    const repository = repositories[index] ?? '';
    await client.mustServe(`/v2/${repository}/manifests/${digest}`, repository, { digest, sizeBytes: bytes });
  }
}
