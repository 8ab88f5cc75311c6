import type { MemoryReading, Sample } from '../bench-result.ts';
import type { LoadResult, UploadManner } from '../load/load-task.ts';
import { type CellPlan, compareInRounds, type SideName } from '../measure/compare-in-rounds.ts';
import { judgeRate } from '../measure/judge.ts';
import { measureLoad } from '../measure/measure-load.ts';
import { readMemory } from '../measure/memory-watch.ts';
import type { BenchRow } from '../row.ts';
import { PROJECT, pushScope } from '../servers/running-server.ts';
import { flushDisk } from './flush-disk.ts';
import { type OpenServer, openLoad, openServer } from './server-pair.ts';

const REPOSITORY = `${PROJECT}/uploads`;
const MIB = 1024 * 1024;
const TARGET_RATE_RATIO = 0.95;
const MANNERS: Readonly<Record<UploadManner, string>> = { put: 'POST and PUT', patch: 'POST, PATCH in chunks and PUT' };

interface UploadPlan extends CellPlan {
  readonly manner: UploadManner;
  readonly clients: number;
}

/** Large layers on their way in, each server with its own way to make them durable. */
export const uploads: BenchRow = {
  name: 'uploads',
  title: 'Uploads of large blobs, both cores, a process for each',
  async run(context) {
    const mebibytes = context.extent.isQuick ? 128 : 500;
    const plans: readonly UploadPlan[] = (['put', 'patch'] as const).flatMap((manner) =>
      [1, 4].map((clients) => ({
        id: `upload-${manner}-${clients}`,
        title: `upload of ${mebibytes} MiB (${MANNERS[manner]}), ${clients === 1 ? '1 client' : `${clients} clients`}`,
        unit: 'MB/s' as const,
        manner,
        clients,
      })),
    );
    const load = openLoad(context, 'together');
    const peaks = new Map<SideName, MemoryReading>();
    const takeSample = async (plan: UploadPlan, side: SideName, round: number): Promise<Sample> => {
      // An empty registry each time: nothing is known to it, and the disk does not fill.
      const open = await openServer(context, context[side], 'together');
      const { server, client, target } = open;
      await seedRepository(open);
      flushDisk(context.workDir);
      const { sample, result } = await measureLoad(
        server,
        load,
        {
          kind: 'uploads',
          target,
          repository: REPOSITORY,
          headers: await client.authorize(pushScope(REPOSITORY)),
          manner: plan.manner,
          clients: plan.clients,
          blobsPerClient: plan.clients === 1 ? 2 : 1,
          blobBytes: mebibytes * MIB,
          warmUpBytes: 32 * MIB,
        },
        context.clock,
      );
      await verifyUploads(open, result.uploaded, round === 0);
      keepPeak(peaks, side, open);
      if (!context[side].isFresh) await deleteUploads(open, result.uploaded);
      await open.close();
      return sample;
    };
    const cells = await compareInRounds(plans, context.extent.rounds, takeSample);
    return { cells, verdicts: cells.map((cell) => judgeRate(cell, TARGET_RATE_RATIO)), memory: [...peaks.values()] };
  },
};

/** The first blob of a repository may cost more than the next. */
async function seedRepository({ client }: OpenServer): Promise<void> {
  await client.pushBlob(REPOSITORY, Buffer.from(`seed ${process.pid}`));
}

/** Every blob must be there with its size; the first one of a first round also byte for byte. */
async function verifyUploads(
  { client, server }: OpenServer,
  uploaded: LoadResult['uploaded'],
  readsOne: boolean,
): Promise<void> {
  for (const [index, { digest, bytes }] of uploaded.entries()) {
    const path = `/v2/${REPOSITORY}/blobs/${digest}`;
    if (readsOne && index === 0) await client.mustServe(path, REPOSITORY, { digest, sizeBytes: bytes });
    const { status, headers } = await client.ask('HEAD', path, { scope: pushScope(REPOSITORY) });
    if (status !== 200 || Number(headers['content-length']) !== bytes) {
      throw new Error(`${server.name} does not hold a blob that it took: HEAD ${path} is answered with ${status}`);
    }
  }
}

/** A registry that was not started here keeps what it was sent, unless it takes deletes. */
async function deleteUploads({ client, server }: OpenServer, uploaded: LoadResult['uploaded']): Promise<void> {
  for (const { digest } of uploaded) {
    const path = `/v2/${REPOSITORY}/blobs/${digest}`;
    const { status } = await client.ask('DELETE', path, { scope: pushScope(REPOSITORY) });
    if (status !== 202) throw new Error(`${server.name} does not delete blobs (${status}): its disk would fill`);
  }
}

/** Each sample has a server of its own: the highest of them counts. */
function keepPeak(peaks: Map<SideName, MemoryReading>, side: SideName, { server }: OpenServer): void {
  if (server.pid === undefined) return;
  const processes = readMemory(server.pid);
  const highest = (of: MemoryReading['processes']): number => Math.max(...of.map((one) => one.peakMegabytes));
  const known = peaks.get(side);
  if (known !== undefined && highest(known.processes) >= highest(processes)) return;
  peaks.set(side, {
    server: server.name,
    isOurs: side === 'ours',
    phase: 'highest peak of this row',
    figure: 'peak',
    processes,
  });
}
