// A thread of its own, so that the delays of the test's own loop are not taken for the server's.
import { Agent, get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const INTERVAL_MS = 50;
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

const timer = setInterval(probe, INTERVAL_MS);
parentPort?.once('message', () => {
  clearInterval(timer);
  setTimeout(() => {
    agent.destroy();
    parentPort?.postMessage({ latenciesMs, unanswered });
    parentPort?.close();
  }, 4 * INTERVAL_MS);
});
