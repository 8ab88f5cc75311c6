import { HttpConnection } from './http-connection.ts';
import type { LoadRequest, PreparedLoad, RequestTask } from './load-task.ts';
import type { Answer } from './response-reader.ts';
import { Stopwatch } from './stopwatch.ts';
import { writeHead } from './write-head.ts';

interface Lane {
  readonly connection: HttpConnection;
  /** Sent one after the other, again and again. */
  readonly requests: readonly PreparedRequest[];
}

interface PreparedRequest {
  readonly request: LoadRequest;
  readonly bytes: Buffer;
}

/** Opens the connections and warms the server up. */
export async function prepareRequests(task: RequestTask): Promise<PreparedLoad> {
  const lanes = await Promise.all(Array.from({ length: task.connections }, (_, index) => openLane(task, index)));
  if (task.warmUpSeconds > 0) await run(lanes, { seconds: task.warmUpSeconds });
  return {
    run: () => run(lanes, task.until),
    close: () => {
      for (const { connection } of lanes) connection.close();
    },
  };
}

async function openLane(task: RequestTask, index: number): Promise<Lane> {
  const { requests, connections, target } = task;
  const from = task.takesTurns ? Math.floor((index * requests.length) / connections) : index % requests.length;
  const own = task.takesTurns ? [...requests.slice(from), ...requests.slice(0, from)] : requests.slice(from, from + 1);
  if (own.length === 0) throw new Error('a load of requests needs one');
  const prepared = own.map((request) => ({
    request,
    bytes: Buffer.from(writeHead(target, request.method, request.path, request.headers), 'latin1'),
  }));
  return { connection: await HttpConnection.open(target), requests: prepared };
}

async function run(lanes: readonly Lane[], until: RequestTask['until']): ReturnType<PreparedLoad['run']> {
  const watch = new Stopwatch();
  let bytes = 0;
  const isDone = (count: number): boolean =>
    'seconds' in until ? watch.hasRunFor(until.seconds) : count >= until.requestsPerConnection;
  const repeat = async ({ connection, requests }: Lane): Promise<void> => {
    for (let count = 0; ; ) {
      for (const { request, bytes: head } of requests) {
        if (isDone(count)) return;
        const answer = await watch.time(() => connection.ask(head, request.method === 'HEAD'));
        assertExpected(request, answer);
        bytes += answer.bodyBytes;
        count += 1;
      }
    }
  };
  await Promise.all(lanes.map(repeat));
  return { ...watch.sumUp(), bytes, uploaded: [] };
}

function assertExpected({ method, path, expected }: LoadRequest, { status, bodyBytes }: Answer): void {
  if (status === expected.status && bodyBytes === expected.bodyBytes) return;
  throw new Error(
    `${method} ${path} was answered with ${status} and ${bodyBytes} bytes instead of ${expected.status} and ${expected.bodyBytes}`,
  );
}
