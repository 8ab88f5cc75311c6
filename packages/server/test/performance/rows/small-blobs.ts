import { seedSampleImage } from '../content/sample-image.ts';
import { compareInRounds, type SideName } from '../measure/compare-in-rounds.ts';
import { judgeRate } from '../measure/judge.ts';
import type { BenchRow } from '../row.ts';
import { PROJECT, pullScope } from '../servers/running-server.ts';
import { measureRequests } from './measure-requests.ts';
import { openLoad, openPair, readPeaks } from './server-pair.ts';
import { warmUpSeconds } from './warm-up-seconds.ts';

const REPOSITORY = `${PROJECT}/small-blobs`;
const CONNECTIONS = 16;
const TARGET_RATE_RATIO = 8;

/** Configurations and small layers. */
export const smallBlobs: BenchRow = {
  name: 'small-blobs',
  title: 'Blobs of 64 KiB (GET), one core',
  async run(context) {
    const pair = await openPair(context, 'apart');
    const images = {
      ours: await seedSampleImage(pair.ours.client, REPOSITORY),
      peer: await seedSampleImage(pair.peer.client, REPOSITORY),
    };
    const load = openLoad(context, 'apart');
    const { isQuick, rounds } = context.extent;
    const takeSample = async (_: object, side: SideName, round: number) => {
      const { digest, size } = images[side].smallBlob;
      const path = `/v2/${REPOSITORY}/blobs/${digest}`;
      const headers = await pair[side].client.authorize(pullScope(REPOSITORY));
      return measureRequests(context, pair[side], load, {
        connections: CONNECTIONS,
        request: { method: 'GET', path, headers, expected: { status: 200, bodyBytes: size } },
        warmUpSeconds: warmUpSeconds(context, round),
        until: { seconds: isQuick ? 1 : 3 },
      });
    };
    const title = `blob GET of 64 KiB, ${CONNECTIONS} connections`;
    const cells = await compareInRounds([{ id: 'get-64k', title, unit: 'requests/s' }], rounds, takeSample);
    return { cells, verdicts: cells.map((cell) => judgeRate(cell, TARGET_RATE_RATIO)), memory: readPeaks(pair) };
  },
};
