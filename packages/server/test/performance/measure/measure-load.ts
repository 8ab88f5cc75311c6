import type { Sample } from '../bench-result.ts';
import type { LoadProcess } from '../load/load-process.ts';
import type { LoadResult, LoadTask } from '../load/load-task.ts';
import type { RunningServer } from '../servers/running-server.ts';
import type { CpuClock } from './cpu-clock.ts';

export interface Measured {
  readonly sample: Sample;
  readonly result: LoadResult;
}

/** Prepares a load, runs it, and takes the CPU times around the run alone. */
export async function measureLoad(
  server: RunningServer,
  load: LoadProcess,
  task: LoadTask,
  clock: CpuClock,
): Promise<Measured> {
  await load.prepare(task);
  const read = () => ({
    server: server.pid === undefined ? undefined : clock.readTree(server.pid),
    machine: clock.readMachine(),
  });
  const before = read();
  const result = await load.run();
  const after = read();
  await load.close();
  const { count, bytes, seconds, p50Ms, p99Ms, cpuSeconds } = result;
  const serverCpuSeconds =
    before.server === undefined || after.server === undefined ? undefined : after.server - before.server;
  const others = after.machine - before.machine - cpuSeconds - (serverCpuSeconds ?? 0);
  const sample = {
    count,
    bytes,
    seconds,
    p50Ms,
    p99Ms,
    serverCpuSeconds,
    loadShare: cpuSeconds / seconds,
    otherCores: serverCpuSeconds === undefined ? undefined : Math.max(0, others / seconds),
  };
  return { sample, result };
}
