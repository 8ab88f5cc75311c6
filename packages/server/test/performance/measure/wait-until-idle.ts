import { setTimeout as sleep } from 'node:timers/promises';
import type { CpuClock } from './cpu-clock.ts';

const WINDOW_MS = 300;
const IDLE_SHARE = 0.07;
const LIMIT_MS = 15_000;

/** Waits until a server has done with its start: its other processes may still load while the first one answers. */
export async function waitUntilIdle(rootPid: number, clock: CpuClock): Promise<void> {
  const deadlineMs = performance.now() + LIMIT_MS;
  for (let before = clock.readTree(rootPid); performance.now() < deadlineMs; ) {
    await sleep(WINDOW_MS);
    const now = clock.readTree(rootPid);
    if (now - before <= (WINDOW_MS / 1_000) * IDLE_SHARE) return;
    before = now;
  }
}
