import type { ComparedCell } from '../bench-result.ts';
import type { LoadProcess } from '../load/load-process.ts';
import { compareInRounds, type SideName } from '../measure/compare-in-rounds.ts';
import { judgeCpuRatio } from '../measure/judge.ts';
import { type BenchRow, type RowContext, RowSkipped } from '../row.ts';
import { SettingRefused } from '../servers/roadstead.ts';
import { PROJECT, pullScope, pushScope, type ServerFactory } from '../servers/running-server.ts';
import { measureRequests } from './measure-requests.ts';
import { type OpenServer, openLoad, openPair, readPeaks } from './server-pair.ts';
import { warmUpSeconds } from './warm-up-seconds.ts';

const REPOSITORY = `${PROJECT}/large-blob`;
const MIB = 1024 * 1024;
const SENDFILE = 'ROADSTEAD_SENDFILE';
const TARGET_CPU_RATIO = 1.05;
const TARGET_CPU_RATIO_SENDFILE = 0.85;

/** Large layers: what one download costs. */
export const largeBlob: BenchRow = {
  name: 'large-blob',
  title: 'A large blob (GET), one connection, one core',
  async run(context) {
    const plan = planOf(context, 'large-blob', '');
    const { cells, memory } = await download(context, context.ours, plan);
    return { cells, memory, verdicts: cells.flatMap((cell) => judgeCpuRatio(cell, TARGET_CPU_RATIO)) };
  },
};

/** The same with the accelerator that hands files to the kernel. */
export const largeBlobSendfile: BenchRow = {
  name: 'large-blob-sendfile',
  title: `A large blob (GET), one connection, one core, ${SENDFILE}=on`,
  async run(context) {
    const plan = planOf(context, 'large-blob-sendfile', ' with sendfile');
    try {
      const { cells, memory } = await download(context, context.ours.with({ [SENDFILE]: 'on' }), plan);
      return { cells, memory, verdicts: cells.flatMap((cell) => judgeCpuRatio(cell, TARGET_CPU_RATIO_SENDFILE)) };
    } catch (error) {
      throw error instanceof SettingRefused ? new RowSkipped(error.message) : error;
    }
  },
};

interface DownloadPlan {
  readonly id: string;
  readonly title: string;
  readonly unit: 'MB/s';
  readonly blobBytes: number;
}

function planOf({ extent }: RowContext, id: string, suffix: string): DownloadPlan {
  const mebibytes = extent.isQuick ? 100 : 500;
  const title = `blob GET of ${mebibytes} MiB, 1 connection${suffix}`;
  return { id, title, unit: 'MB/s', blobBytes: mebibytes * MIB };
}

async function download(context: RowContext, ours: ServerFactory, plan: DownloadPlan) {
  const pair = await openPair(context, 'apart', ours);
  const load = openLoad(context, 'apart');
  const digests = {
    ours: await seedBlob(pair.ours, load, plan.blobBytes),
    peer: await seedBlob(pair.peer, load, plan.blobBytes),
  };
  const takeSample = async (_: object, side: SideName, round: number) => {
    const path = `/v2/${REPOSITORY}/blobs/${digests[side]}`;
    const headers = await pair[side].client.authorize(pullScope(REPOSITORY));
    return measureRequests(context, pair[side], load, {
      connections: 1,
      request: { method: 'GET', path, headers, expected: { status: 200, bodyBytes: plan.blobBytes } },
      warmUpSeconds: warmUpSeconds(context, round),
      until: { requestsPerConnection: 8 },
    });
  };
  const cells: readonly ComparedCell[] = await compareInRounds([plan], context.extent.rounds, takeSample);
  return { cells, memory: readPeaks(pair) };
}

/** Uploads a blob and makes sure that it comes back byte for byte; returns its digest. */
async function seedBlob({ client, target }: OpenServer, load: LoadProcess, blobBytes: number): Promise<string> {
  const headers = await client.authorize(pushScope(REPOSITORY));
  const one = { clients: 1, blobsPerClient: 1, blobBytes, warmUpBytes: 0 };
  await load.prepare({ kind: 'uploads', target, repository: REPOSITORY, headers, manner: 'put', ...one });
  const { uploaded } = await load.run();
  await load.close();
  const [blob] = uploaded;
  if (blob === undefined) throw new Error('no blob was uploaded');
  await client.mustServe(`/v2/${REPOSITORY}/blobs/${blob.digest}`, REPOSITORY, {
    digest: blob.digest,
    sizeBytes: blobBytes,
  });
  return blob.digest;
}
