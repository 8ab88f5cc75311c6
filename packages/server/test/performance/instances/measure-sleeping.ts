import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import SqliteConnection from 'better-sqlite3';
import { locateInstance } from '../../../src/control-plane/instances/instance-location.ts';
import { openControlPlaneAsItIs } from '../../../src/databases.ts';
import type { ControlPlaneSchema } from '../../../src/db/control-plane/schema.ts';
import type { Database } from '../../../src/drivers/database/database.ts';
import { startRoadstead } from '../../support/start-roadstead.ts';
import { CpuClock } from '../measure/cpu-clock.ts';
import { MemoryWatch, readMemory } from '../measure/memory-watch.ts';
import { type Distribution, distributionOf } from './distribution.ts';
import type { InstancesOptions } from './options.ts';
import { configOf, prepareSleepers, sleeperId } from './prepare-sleeping.ts';

export interface SleepingFigures {
  readonly instances: number;
  readonly maxOpen: number;
  readonly processes: number;
  /** From the instant at which all were due until each had fired its schedule, and until its job had ended. Seconds. */
  readonly fired: Distribution;
  readonly ended: Distribution;
  readonly notRun: number;
  /** From that instant until nothing was due any more, and the last was closed. Seconds. */
  readonly asleepAgainSeconds: number;
  readonly cpuSecondsPerInstance: number;
  readonly idleMegabytes: number;
  readonly peakMegabytes: number;
}

/** Time for the server to come to rest before all are due. */
const LEAD_MS = 10_000;
const LIMIT_MS = 600_000;

/** All of them due at the same instant, on a server of SQLite. */
export async function measureSleeping(
  { sleeping: count, maxOpen, processes, workDir }: InstancesOptions,
  say: (line: string) => void,
): Promise<SleepingFigures> {
  const dataDir = path.join(workDir, `sleeping-${process.pid}`);
  mkdirSync(dataDir, { recursive: true });
  try {
    say(`prepares ${count} sleeping instances`);
    await prepareSleepers(dataDir, count);
    const server = await startRoadstead({
      dataDir,
      env: {
        ROADSTEAD_MAX_OPEN_INSTANCES: String(maxOpen),
        ROADSTEAD_PROCESSES: String(processes),
      },
    });
    const plane = await openControlPlaneAsItIs(configOf(dataDir));
    try {
      const dueAt = Date.now() + LEAD_MS;
      await plane.write((tx) => tx.updateTable('instances').set({ next_due_at: dueAt }).execute());
      await new Promise((resolve) => setTimeout(resolve, LEAD_MS - 1_000));
      const idle = sumMegabytes(server.pid);
      const cpu = CpuClock.open();
      const before = cpu.readTree(server.pid);
      const memory = new MemoryWatch(server.pid);
      say('all are due in a second');
      await waitUntilAsleep(plane, dueAt);
      const asleepAgainSeconds = (Date.now() - dueAt) / 1_000;
      const cpuSeconds = cpu.readTree(server.pid) - before;
      const peakMegabytes = Math.round(memory.stop().reduce((sum, each) => sum + each.peakMegabytes, 0));
      await server.stop();
      const runs = Array.from({ length: count }, (_, index) => readRun(dataDir, sleeperId(index)));
      const ran = runs.filter((run) => run !== undefined);
      return {
        instances: count,
        maxOpen,
        processes,
        fired: distributionOf(ran.map((run) => (run.created_at - dueAt) / 1_000)),
        ended: distributionOf(ran.map((run) => (run.ended_at - dueAt) / 1_000)),
        notRun: count - ran.length,
        asleepAgainSeconds,
        cpuSecondsPerInstance: Math.round((cpuSeconds / count) * 1e4) / 1e4,
        idleMegabytes: idle,
        peakMegabytes,
      };
    } finally {
      await plane.close();
      await server.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function sumMegabytes(pid: number): number {
  return Math.round(readMemory(pid).reduce((sum, each) => sum + each.residentMegabytes, 0));
}

async function waitUntilAsleep({ reader }: Database<ControlPlaneSchema>, dueAt: number): Promise<void> {
  const deadline = dueAt + LIMIT_MS;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const due = await reader.selectFrom('instances').select('id').where('next_due_at', '<=', dueAt).limit(1).execute();
    const open = await reader.selectFrom('open_instances').select('holder').limit(1).execute();
    if (due.length + open.length === 0) return;
    if (Date.now() > deadline) throw new Error(`after ${LIMIT_MS / 1_000} s not all of them were woken`);
  }
}

function readRun(dataDir: string, id: string): { readonly created_at: number; readonly ended_at: number } | undefined {
  const file = new SqliteConnection(locateInstance(dataDir, id).sqliteFile, { readonly: true });
  try {
    const row = file.prepare(`select created_at, ended_at from job_executions where status = 'success'`).get();
    return row as { created_at: number; ended_at: number } | undefined;
  } finally {
    file.close();
  }
}
