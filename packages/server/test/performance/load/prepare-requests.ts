import { HttpConnection } from './http-connection.ts';
import type { LoadRequest, PreparedLoad, RequestTask } from './load-task.ts';
import type { Answer } from './response-reader.ts';
import { Stopwatch } from './stopwatch.ts';
import { writeHead } from './write-head.ts';

interface Lane {
  readonly connection: HttpConnection;
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
  const request = task.requests[index % task.requests.length];
  if (request === undefined) throw new Error('a load of requests needs one');
  const bytes = Buffer.from(writeHead(task.target, request.method, request.path, request.headers), 'latin1');
  return { connection: await HttpConnection.open(task.target), request, bytes };
}

async function run(lanes: readonly Lane[], until: RequestTask['until']): ReturnType<PreparedLoad['run']> {
  const watch = new Stopwatch();
  let bytes = 0;
  const isDone = (count: number): boolean =>
    'seconds' in until ? watch.hasRunFor(until.seconds) : count >= until.requestsPerConnection;
  const repeat = async ({ connection, request, bytes: head }: Lane): Promise<void> => {
    const isHeadRequest = request.method === 'HEAD';
    for (let count = 0; !isDone(count); count += 1) {
      const answer = await watch.time(() => connection.ask(head, isHeadRequest));
      assertExpected(request, answer);
      bytes += answer.bodyBytes;
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
