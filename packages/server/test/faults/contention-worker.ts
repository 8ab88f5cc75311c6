// Beside the probe, in a thread of its own: how much of a processor does work get on this machine now?
import { parentPort } from 'node:worker_threads';

const SPIN_INTERVAL_MS = 500;
const SPIN_CPU_MICROSECONDS = 30_000;
const spent = { wallMs: 0, cpuMs: 0 };

/** Works for a known time of the processor, and looks how long that took. */
function spin(): void {
  const startedAt = performance.now();
  const before = cpuMicroseconds();
  while (cpuMicroseconds() - before < SPIN_CPU_MICROSECONDS);
  spent.wallMs += performance.now() - startedAt;
  spent.cpuMs += (cpuMicroseconds() - before) / 1_000;
}

function cpuMicroseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

const timer = setInterval(spin, SPIN_INTERVAL_MS);
parentPort?.once('message', () => {
  clearInterval(timer);
  if (spent.cpuMs === 0) spin();
  parentPort?.postMessage({ contention: spent.wallMs / spent.cpuMs });
  parentPort?.close();
});
