import { setTimeout as delay } from 'node:timers/promises';
import type { S3Call, S3Fault } from '../../support/fault-proxy/s3-fault.ts';
import { AUTHORIZATION } from '../../support/process/server-process.ts';
import type { ScaleBench } from '../scale-bench.ts';
import type { Phase } from './phase.ts';

const STRIKES_PER_CALL = 2;
const SHORT_MS = 3_000;
const FULL_MS = 4_000;
const MAX_WAIT_MS = 15_000;
const POLL_MS = 100;

const LISTS: readonly S3Call[] = ['list-objects', 'list-parts', 'list-multiparts'];
const READS: readonly S3Call[] = ['get-object', ...LISTS];
const UPLOADS: readonly S3Call[] = ['put-object', 'put-part'];
const MULTIPARTS: readonly S3Call[] = ['create-multipart', 'complete-multipart', 'abort-multipart'];
const ALL: readonly S3Call[] = [...UPLOADS, ...MULTIPARTS, ...READS, 'head-object', 'delete-object', 'delete-objects'];

/** The whole script of the proxy, each fault with the calls to which it can happen. */
const SCRIPT: readonly (readonly [S3Fault, readonly S3Call[]])[] = [
  [{ kind: 'latency', milliseconds: 800 }, ALL],
  [{ kind: 'reset' }, ALL],
  [{ kind: 'slow-down' }, ALL],
  [{ kind: 'internal-error' }, ALL],
  [{ kind: 'reset-after-success' }, ALL],
  [{ kind: 'truncate', bytes: 100 }, READS],
  [{ kind: 'half-close', bytes: 100 }, READS],
  [{ kind: 'corrupt-request' }, UPLOADS],
  [{ kind: 'error-in-200' }, ['complete-multipart']],
  [{ kind: 'lost-part' }, ['put-part']],
  [{ kind: 'stale-list' }, LISTS],
  [{ kind: 'black-hole' }, ALL],
  [{ kind: 'timeout-after-success' }, ALL],
];

/** A short run lets several faults happen at a time. */
const SHORT_GROUP = 5;

/** Three or four blobs of several parts. */
const LARGE_BYTES = 40 * 1024 ** 2;

/** Every fault of the object store's proxy strikes some calls of each kind. */
export const runStoreScript: Phase = async ({ bench, faults, allowLarge, check }) => {
  const { storeProxy } = bench;
  const { isShort } = bench.options;
  const size = isShort ? SHORT_GROUP : 1;
  const idle: string[] = [];
  for (let start = 0; start < SCRIPT.length; start += size) {
    const group = SCRIPT.slice(start, start + size);
    const names = group.map(([{ kind }]) => kind).join(', ');
    const before = storeProxy.struck;
    await faults.inflict(`store: ${names}`, async () => {
      for (const [fault, calls] of group) for (const call of calls) storeProxy.plan(call, fault, STRIKES_PER_CALL);
      allowLarge(LARGE_BYTES);
      if (group.some(([, calls]) => calls === LISTS)) await askForLists(bench);
      await delay(isShort ? SHORT_MS : FULL_MS);
      // Large blobs, whose calls these may be, are pushed now and then only.
      for (let waitedMs = 0; storeProxy.struck === before && waitedMs < MAX_WAIT_MS; waitedMs += POLL_MS) {
        await delay(POLL_MS);
      }
      storeProxy.heal();
    });
    const struck = storeProxy.struck - before;
    bench.say(`    struck ${struck} calls`);
    if (struck === 0) idle.push(names);
  }
  check('the script of the store', idle.length > 0 ? [`nothing was struck by ${idle.join(', ')}`] : []);
};

/** Nothing lists the store but the search for what no row leads to, which purging does at once. */
async function askForLists({ balancer }: ScaleBench): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${balancer.port}/api/roadstead/v1/garbage-collection/runs`, {
    method: 'POST',
    headers: { authorization: AUTHORIZATION, 'content-type': 'application/json' },
    body: JSON.stringify({ mode: 'purge' }),
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`purging: ${answer.status}`);
}
