import { execFileSync } from 'node:child_process';
import { argon2Sync } from 'node:crypto';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { DerivedKey, DeriveKeyJob } from './deriver.ts';

// The thread, or the process, that `startDeriver` starts.

/** Of a thread: where all are busy it gets less than half a share, elsewhere it is as quick as ever. */
const THREAD_PRIORITY = 4;
/** Of a process without `chrt`: the least there is, but it still has slices that others wait for. */
const LEAST_PRIORITY = 19;

if (parentPort === null) computeInProcess();
else computeInThread(parentPort);

function computeInThread(port: NonNullable<typeof parentPort>): void {
  // On Linux 0 means this thread alone, on other systems the whole process.
  if (process.platform === 'linux') setPriority(0, THREAD_PRIORITY);
  port.on('message', (job: DeriveKeyJob) => port.postMessage(derive(job)));
}

/** It ends when the one that started it is gone, and not before: that one may have work for it while it shuts down. */
function computeInProcess(): void {
  giveWay();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.on('message', (job: DeriveKeyJob) => process.send?.(derive(job)));
}

/** sched(7): who is SCHED_IDLE is interrupted at once by whoever is not. Node has no call for it. */
function giveWay(): void {
  try {
    execFileSync('chrt', ['--idle', '--all-tasks', '--pid', '0', String(process.pid)], { stdio: 'ignore' });
  } catch {
    setPriority(0, LEAST_PRIORITY);
  }
}

function derive({ id, password, salt, cost, keyBytes }: DeriveKeyJob): DerivedKey {
  const { lanes: parallelism, memoryKib: memory, passes } = cost;
  const parameters = { message: password, nonce: salt, parallelism, memory, passes, tagLength: keyBytes };
  return { id, key: argon2Sync('argon2id', parameters) };
}
