import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MemoryReading, Verdict } from '../bench-result.ts';
import type { LoadProcess } from '../load/load-process.ts';
import type { LoadResult } from '../load/load-task.ts';
import { atMost } from '../measure/judge.ts';
import { MemoryWatch, readMemory } from '../measure/memory-watch.ts';
import { listProcessTree } from '../measure/process-tree.ts';
import { spreadOf } from '../measure/statistics.ts';
import type { BenchRow, RowContext } from '../row.ts';
import { PROJECT, pullScope, pushScope, type ServerFactory } from '../servers/running-server.ts';
import { type OpenServer, openLoad, openServer } from './server-pair.ts';

const REPOSITORY = `${PROJECT}/memory`;
const TRANSFERS = 16;
const MIB = 1024 * 1024;
const TARGET_PEAK_MEGABYTES = 250;
const TARGET_IDLE_MEGABYTES = 150;
const IDLE_REQUESTS = 10;

/** What the processes hold while much goes through them, and while nothing does. Once, since it is no matter of speed. */
export const memory: BenchRow = {
  name: 'memory',
  title: `Resident memory: ${TRANSFERS} uploads, ${TRANSFERS} downloads, idle`,
  async run(context) {
    const readings: MemoryReading[] = [];
    for (const factory of [context.ours, context.peer]) {
      if (!factory.isFresh) continue;
      readings.push(...(await readTransfers(context, factory)), ...(await readIdle(context, factory)));
    }
    const notes = context.peer.isFresh ? [] : [`${context.peer.name} was not measured: its processes are not ours.`];
    return { memory: readings, verdicts: readings.filter(({ isOurs }) => isOurs).map(judge), notes };
  },
};

function judge({ phase, figure, processes }: MemoryReading): Verdict {
  const values = processes.map((one) => (figure === 'peak' ? one.peakMegabytes : one.residentMegabytes));
  const largest = spreadOf(values).max;
  return atMost(
    { median: largest, min: largest, max: largest },
    {
      target: `${phase}: ${figure} memory of the largest process`,
      unit: 'MB',
      bound: figure === 'peak' ? TARGET_PEAK_MEGABYTES : TARGET_IDLE_MEGABYTES,
    },
  );
}

async function readTransfers(context: RowContext, factory: ServerFactory): Promise<readonly MemoryReading[]> {
  const open = await openServer(context, factory, 'together');
  const load = openLoad(context, 'together');
  const mebibytes = context.extent.isQuick ? 64 : 1024;
  let blobs: LoadResult['uploaded'] = [];
  context.say(`${factory.name}: ${TRANSFERS} uploads of ${mebibytes} MiB`);
  const uploadPeak = await watchPeak(context, open, `${TRANSFERS} uploads of ${mebibytes} MiB`, async () => {
    blobs = await upload(open, load, mebibytes * MIB);
  });
  context.say(`${factory.name}: ${TRANSFERS} downloads of ${mebibytes} MiB`);
  const downloadPeak = await watchPeak(context, open, `${TRANSFERS} downloads of ${mebibytes} MiB`, () =>
    download(open, load, blobs),
  );
  await load.stop();
  await open.close();
  return [uploadPeak, downloadPeak];
}

async function upload(
  { client, target }: OpenServer,
  load: LoadProcess,
  blobBytes: number,
): Promise<LoadResult['uploaded']> {
  const headers = await client.authorize(pushScope(REPOSITORY));
  const each = { blobsPerClient: 1, blobBytes, warmUpBytes: 0 };
  const manner = 'patch' as const;
  await load.prepare({ kind: 'uploads', target, repository: REPOSITORY, headers, manner, clients: TRANSFERS, ...each });
  const { uploaded } = await load.run();
  await load.close();
  return uploaded;
}

async function download(
  { client, target }: OpenServer,
  load: LoadProcess,
  blobs: LoadResult['uploaded'],
): Promise<void> {
  const headers = await client.authorize(pullScope(REPOSITORY));
  const requests = blobs.map(({ digest, bytes }) => ({
    method: 'GET' as const,
    path: `/v2/${REPOSITORY}/blobs/${digest}`,
    headers,
    expected: { status: 200, bodyBytes: bytes },
  }));
  const until = { requestsPerConnection: 1 };
  await load.prepare({ kind: 'requests', target, connections: TRANSFERS, requests, warmUpSeconds: 0, until });
  await load.run();
  await load.close();
}

async function watchPeak(
  context: RowContext,
  { server }: OpenServer,
  phase: string,
  work: () => Promise<void>,
): Promise<MemoryReading> {
  if (server.pid === undefined) throw new Error(`the processes of ${server.name} are out of reach`);
  forgetPeaks(server.pid);
  const watch = new MemoryWatch(server.pid);
  try {
    await work();
  } finally {
    watch.stop();
  }
  return {
    server: server.name,
    isOurs: context.ours.name === server.name,
    phase,
    figure: 'peak',
    processes: watch.stop(),
  };
}

/** Lets the kernel count the peak of each process anew: what a phase needs must not hide behind the one before. */
function forgetPeaks(rootPid: number): void {
  for (const { pid } of listProcessTree(rootPid)) writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

async function readIdle(context: RowContext, factory: ServerFactory): Promise<readonly MemoryReading[]> {
  const { server, client, close } = await openServer(context, factory, 'together');
  if (server.pid === undefined) return [];
  const repository = `${PROJECT}/idle`;
  const digest = await client.pushBlob(repository, Buffer.from('idle'));
  for (let count = 0; count < IDLE_REQUESTS; count += 1) {
    await client.mustServe(`/v2/${repository}/blobs/${digest}`, repository, { digest, sizeBytes: 4 });
  }
  const waitSeconds = context.extent.isQuick ? 5 : 30;
  context.say(`${factory.name}: idle for ${waitSeconds} s`);
  await sleep(waitSeconds * 1_000);
  const processes = readMemory(server.pid);
  await close();
  const phase = `idle, ${waitSeconds} s after its start`;
  return [{ server: server.name, isOurs: context.ours.name === server.name, phase, figure: 'resident', processes }];
}
