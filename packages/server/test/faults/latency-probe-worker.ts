// A thread of its own, so that the delays of the test's own loop are not taken for the server's.
import { Agent, get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const INTERVAL_MS = 50;
const SPIN_INTERVAL_MS = 500;
const SPIN_CPU_MICROSECONDS = 20_000;
const { port } = workerData as { readonly port: number };
const agent = new Agent({ keepAlive: true });
const latenciesMs: number[] = [];
let unanswered = 0;

function probe(): void {
  const startedAt = performance.now();
  unanswered += 1;
  const request = get({ host: '127.0.0.1', port, path: '/healthz', agent }, (response) => {
    response.resume();
    response.on('end', () => {
      unanswered -= 1;
      latenciesMs.push(performance.now() - startedAt);
    });
  });
  request.on('error', () => latenciesMs.push(Number.POSITIVE_INFINITY));
}

const spent = { wallMs: 0, cpuMs: 0 };

/** Works for a known time of the processor, and looks how long that took: how much of a processor work gets here now. */
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

const timer = setInterval(probe, INTERVAL_MS);
const spinTimer = setInterval(spin, SPIN_INTERVAL_MS);
parentPort?.once('message', () => {
  clearInterval(timer);
  clearInterval(spinTimer);
  if (spent.cpuMs === 0) spin();
  setTimeout(() => {
    agent.destroy();
    parentPort?.postMessage({ latenciesMs, unanswered, contention: spent.wallMs / spent.cpuMs });
    parentPort?.close();
  }, 4 * INTERVAL_MS);
});
