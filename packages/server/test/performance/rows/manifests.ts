import { ACCEPT_MANIFESTS } from '../content/registry-client.ts';
import { type SampleImage, seedSampleImage } from '../content/sample-image.ts';
import type { LoadRequest } from '../load/load-task.ts';
import { type CellPlan, compareInRounds, type SideName } from '../measure/compare-in-rounds.ts';
import { judgeCpu, judgeRate } from '../measure/judge.ts';
import type { BenchRow } from '../row.ts';
import { PROJECT, pullScope } from '../servers/running-server.ts';
import { measureRequests } from './measure-requests.ts';
import { openLoad, openPair, readPeaks } from './server-pair.ts';
import { warmUpSeconds } from './warm-up-seconds.ts';

const REPOSITORY = `${PROJECT}/manifests`;
const CONNECTIONS = [16, 64, 256];
const REQUESTS = [
  { id: 'get-tag', title: 'manifest GET by tag', method: 'GET', by: 'tag' },
  { id: 'get-digest', title: 'manifest GET by digest', method: 'GET', by: 'digest' },
  { id: 'head-tag', title: 'manifest HEAD by tag', method: 'HEAD', by: 'tag' },
] as const;

const TARGET_RATE_RATIO = 10;
const TARGET_CPU_MICROSECONDS = 80;

interface ManifestPlan extends CellPlan {
  readonly request: (typeof REQUESTS)[number];
  readonly connections: number;
}

const PLANS: readonly ManifestPlan[] = REQUESTS.flatMap((request) =>
  CONNECTIONS.map((connections) => ({
    id: `${request.id}-${connections}`,
    title: `${request.title}, ${connections} connections`,
    unit: 'requests/s' as const,
    request,
    connections,
  })),
);

/** What every pull begins with. */
export const manifests: BenchRow = {
  name: 'manifests',
  title: 'Manifests (GET and HEAD), one core',
  async run(context) {
    const pair = await openPair(context, 'apart');
    const images = {
      ours: await seedSampleImage(pair.ours.client, REPOSITORY),
      peer: await seedSampleImage(pair.peer.client, REPOSITORY),
    };
    const load = openLoad(context, 'apart');
    const { isQuick, rounds } = context.extent;
    const takeSample = async (plan: ManifestPlan, side: SideName, round: number) => {
      const headers = await pair[side].client.authorize(pullScope(REPOSITORY));
      return measureRequests(context, pair[side], load, {
        connections: plan.connections,
        request: requestOf(plan, images[side], headers),
        warmUpSeconds: warmUpSeconds(context, round),
        until: { seconds: isQuick ? 1 : 3 },
      });
    };
    const cells = await compareInRounds(PLANS, rounds, takeSample);
    const verdicts = cells.flatMap((cell) => [
      judgeRate(cell, TARGET_RATE_RATIO),
      ...judgeCpu(cell, TARGET_CPU_MICROSECONDS),
    ]);
    return { cells, verdicts, memory: readPeaks(pair) };
  },
};

function requestOf(
  { request }: ManifestPlan,
  { repository, tag, manifest }: SampleImage,
  authorization: Readonly<Record<string, string>>,
): LoadRequest {
  const reference = request.by === 'tag' ? tag : manifest.digest;
  return {
    method: request.method,
    path: `/v2/${repository}/manifests/${reference}`,
    headers: { Accept: ACCEPT_MANIFESTS, ...authorization },
    expected: { status: 200, bodyBytes: request.method === 'HEAD' ? 0 : manifest.bytes.length },
  };
}
