import type { LoadProcess } from '../load/load-process.ts';
import { CpuClock } from '../measure/cpu-clock.ts';
import { type Spread, spreadOf } from '../measure/statistics.ts';
import { runOnce } from './measure-requests.ts';
import type { SizeOptions } from './options.ts';
import { pushTask } from './requests.ts';
import { seedGarbage } from './seed-garbage.ts';
import type { Twin } from './twins.ts';

/** Garbage for the pass beside which images are pushed, as a share of that of the pass alone. */
const SHARE_BESIDE_PUSHES = 0.2;
const PUSH_SECONDS = 3;
const ROUNDS_BEFORE = 5;
const POLL_MS = 200;
const LIMIT_SECONDS = 3_600;

export interface PassFigures {
  readonly blobs: number;
  readonly seconds: number;
  readonly blobsPerSecond: number;
  /** CPU time of the server for each blob, in µs. */
  readonly serverMicroseconds: number;
}

/** Pushes in spells of three seconds. Milliseconds. */
export interface PushFigures {
  readonly p50: Spread;
  readonly p99: Spread;
  readonly pushesPerSecond: Spread;
}

export interface CollectionFigures {
  readonly alone: PassFigures;
  readonly besidePushes: Omit<PassFigures, 'serverMicroseconds'>;
  readonly pushesBefore: PushFigures;
  readonly pushesMeanwhile: PushFigures;
}

/** Collects garbage in the large registry: alone, then more of it while images are pushed. */
export async function measureCollection(
  twin: Twin,
  load: LoadProcess,
  { garbage }: SizeOptions,
  say: (line: string) => void,
): Promise<CollectionFigures> {
  await seedGarbage(twin, garbage, 'alone', say);
  say('collects it');
  const cpu = CpuClock.open();
  const before = cpu.readTree(twin.running.pid);
  const alone = await runPass(twin);
  const serverMicroseconds = ((cpu.readTree(twin.running.pid) - before) * 1e6) / alone.blobs;
  assertCollected(alone, garbage);
  await seedGarbage(twin, Math.ceil(garbage * SHARE_BESIDE_PUSHES), 'beside pushes', say);
  say('pushes alone, then beside a pass');
  const task = await pushTask(twin, PUSH_SECONDS);
  const push = () => runOnce(load, { task });
  const quiet = [];
  for (let round = 0; round < ROUNDS_BEFORE; round += 1) quiet.push(await push());
  const busy = [];
  let isOver = false;
  const passing = runPass(twin).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const spell = await push();
    if (!isOver) busy.push(spell);
  }
  const besidePushes = await passing;
  if (busy.length === 0) throw new Error('the pass was over before anything was pushed: give it more garbage');
  return {
    alone: { ...alone, serverMicroseconds },
    besidePushes,
    pushesBefore: figuresOf(quiet),
    pushesMeanwhile: figuresOf(busy),
  };
}

function figuresOf(
  spells: readonly {
    readonly count: number;
    readonly seconds: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
  }[],
): PushFigures {
  return {
    p50: spreadOf(spells.map(({ p50Ms }) => p50Ms)),
    p99: spreadOf(spells.map(({ p99Ms }) => p99Ms)),
    pushesPerSecond: spreadOf(spells.map(({ count, seconds }) => count / seconds)),
  };
}

function assertCollected({ blobs }: { readonly blobs: number }, wanted: number): void {
  if (blobs < wanted) throw new Error(`the pass has removed ${blobs} of ${wanted} blobs`);
}

/** One pass of the collector, from the request to its end. */
async function runPass(twin: Twin): Promise<Omit<PassFigures, 'serverMicroseconds'>> {
  const begun = performance.now();
  const { id } = await ask(twin, 'POST', '/garbage-collection/runs', { mode: 'pass' });
  for (;;) {
    const { status, message, jobs } = await ask(twin, 'GET', `/executions/${id}`);
    const seconds = (performance.now() - begun) / 1_000;
    if (status === 'success') {
      const [job] = jobs as readonly { readonly result: { readonly report: { readonly blobsRemoved: number } } }[];
      const blobs = job?.result.report.blobsRemoved ?? 0;
      return { blobs, seconds, blobsPerSecond: blobs / seconds };
    }
    if (status !== 'pending' && status !== 'running') throw new Error(`the pass ended with ${status}: ${message}`);
    if (seconds > LIMIT_SECONDS) throw new Error('the pass does not end');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function ask(
  { running }: Twin,
  method: string,
  path: string,
  body?: object,
): Promise<Readonly<Record<string, unknown>>> {
  const { username, password } = running.admin;
  const response = await fetch(`${running.url}/api/roadstead/v1${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
  return JSON.parse(text);
}
