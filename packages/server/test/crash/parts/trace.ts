import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NO_LEDGER } from '../../support/ledger/ledger.ts';
import { type Answer, describeAnswer } from '../../support/load/http-client.ts';
import { RegistryWrites } from '../../support/load/registry-writes.ts';
import { describeBlob } from '../../support/load/seeded-blob.ts';
import { describeImage } from '../../support/load/seeded-manifest.ts';
import { createProject, startServer } from '../../support/process/server-process.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { Tally } from '../../support/tally.ts';
import type { CrashBench, PartReport } from '../crash-part.ts';
import { findOrderFaults, type TracedRequest } from '../trace/find-order-faults.ts';
import { isSync, isWrite, parseTrace, type SystemCall } from '../trace/system-call.ts';

const REPOSITORY = 'crash/traced';
const ROUNDS = 8;
const SETTLE_MS = 3_000;
const CONCURRENT_PUSHES = 24;
const CONCURRENCY = 6;
const CALLS =
  'fsync,fdatasync,link,linkat,rename,renameat,renameat2,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,ftruncate';

/** What the server asks of the system before it acknowledges: that no answer comes before the fsyncs it stands for. */
export async function runTrace(bench: CrashBench): Promise<PartReport> {
  const log = path.join(bench.folder, 'trace.log');
  const dataDir = path.join(bench.folder, 'trace');
  const wrapper = ['strace', '-f', '--seccomp-bpf', '-ttt', '-yy', '-s', '400', '-o', log, '-e', `trace=${CALLS}`];
  // What the kernel does for a ring of requests, strace does not see.
  const env = { UV_USE_IO_URING: '0', ROADSTEAD_AUDIT_INTERVAL: '1h', ROADSTEAD_RECOVERY_INTERVAL: '24h' };
  const server = await startServer({ bench, dataDir, wrapper, env });
  await createProject(server.client, 'crash');
  // What the server does by itself after its start writes to the same log, and need not be synced.
  await delay(SETTLE_MS);
  const traced = new TracedWrites(new RegistryWrites(server.client, NO_LEDGER), bench.createRandom());
  for (let round = 0; round < ROUNDS; round += 1) await traced.runAlone(round);
  await traced.runTogether();
  await server.stop();
  const calls = parseTrace(readFileSync(log, 'utf8'));
  const tally = new Tally();
  for (const request of traced.requests) tally.count(request.what, findOrderFaults(calls, request));
  plantDisorder(calls, traced.requests, tally);
  return report(tally, calls, traced.requests, dataDir);
}

/** Of an upload, or of a blob that was written under its own name. */
const BLOB_FILE = /\/(uploads|blobs\/[0-9a-f]{2})\/./;

class TracedWrites {
  readonly requests: TracedRequest[] = [];
  readonly #writes: RegistryWrites;
  readonly #random: SeededRandom;

  constructor(writes: RegistryWrites, random: SeededRandom) {
    this.#writes = writes;
    this.#random = random;
  }

  /** Every kind of write, one after the other. */
  async runAlone(round: number): Promise<void> {
    const writes = this.#writes;
    const [config, layer] = [this.#blob(`config ${round}`), this.#blob(`layer ${round}`)];
    const { digest } = config;
    this.#note('a blob at once', await writes.putBlobAtOnce(REPOSITORY, config), 201, { storedDigest: digest });
    const upload = await writes.openUpload(REPOSITORY, layer);
    if (!('id' in upload)) throw new Error(`opening an upload: ${describeAnswer(upload)}`);
    const isOpenUpload = true;
    const half = Math.ceil(layer.sizeBytes / 2);
    this.#note('a chunk', await writes.append(upload, 0, half), 202, { isOpenUpload });
    const fromBytes = round % 2 === 0 ? half : layer.sizeBytes;
    if (fromBytes > half)
      this.#note('the last chunk', await writes.append(upload, half, fromBytes), 202, { isOpenUpload });
    this.#note('the end of an upload', await writes.close(upload, fromBytes), 201, { storedDigest: layer.digest });
    const image = describeImage(config, [layer], `image ${round}`);
    this.#note('a manifest by digest', await writes.putManifest(REPOSITORY, image), 201);
    this.#note('a tag', await writes.putManifest(REPOSITORY, image, 'latest'), 201);
    this.#note('a mount', await writes.mountBlob('crash/other', REPOSITORY, layer.digest), 201);
    this.#note('the delete of a tag', await writes.deleteTag(REPOSITORY, 'latest'), 202);
    this.#note('the delete of a manifest', await writes.deleteManifest(REPOSITORY, image.digest), 202);
    this.#note('the delete of a blob', await writes.deleteBlob(REPOSITORY, layer.digest), 202);
  }

  /** Blobs side by side, which share commits: each one's bytes must be durable before a commit that its answer waits for. */
  async runTogether(): Promise<void> {
    const push = async (index: number): Promise<void> => {
      const blob = this.#blob(`together ${index}`);
      const answer = await this.#writes.putBlobAtOnce(REPOSITORY, blob);
      this.#note('a blob among others', answer, 201, { storedDigest: blob.digest, isAlone: false });
    };
    for (let first = 0; first < CONCURRENT_PUSHES; first += CONCURRENCY) {
      await Promise.all(Array.from({ length: CONCURRENCY }, (_, index) => push(first + index)));
    }
  }

  #blob(name: string) {
    return describeBlob(`traced ${name}`, 1_000 + this.#random.below(600_000));
  }

  #note(
    what: string,
    answer: Answer,
    status: number,
    { storedDigest, isAlone = true, isOpenUpload = false }: Partial<TracedRequest> = {},
  ): void {
    if (answer.status !== status) throw new Error(`${what}: ${describeAnswer(answer)}`);
    const requestId = String(answer.headers['x-request-id']);
    const name = `${what} (request ${this.requests.length + 1})`;
    this.requests.push({ what: name, requestId, status, storedDigest, isAlone, isOpenUpload });
  }
}

/** The same log without what must be in it: each time somebody must complain. */
function plantDisorder(calls: readonly SystemCall[], requests: readonly TracedRequest[], tally: Tally): void {
  const isAfterAnswer = (call: SystemCall) => ({
    ...call,
    start: Number.MAX_SAFE_INTEGER,
    end: Number.MAX_SAFE_INTEGER,
  });
  const disorders: Readonly<Record<string, (call: SystemCall) => readonly SystemCall[]>> = {
    'files are not synced': (call) => (isSync(call) && BLOB_FILE.test(call.path) ? [] : [call]),
    'the sync of files fails': (call) =>
      isSync(call) && BLOB_FILE.test(call.path) ? [{ ...call, hasFailed: true }] : [call],
    'folders of blobs are not synced': (call) => (isSync(call) && /\/[0-9a-f]{2}$/.test(call.path) ? [] : [call]),
    'the log of the database is not synced': (call) => (isSync(call) && call.path.endsWith('-wal') ? [] : [call]),
    'the log of the database is synced too late': (call) =>
      isSync(call) && call.path.endsWith('-wal') ? [isAfterAnswer(call)] : [call],
    'the database is written before the bytes': (call) =>
      isWrite(call) && call.path.endsWith('-wal') ? [{ ...call, start: 0, end: 0 }] : [call],
  };
  for (const [name, change] of Object.entries(disorders)) {
    const changed = calls.flatMap(change);
    const missed = requests.filter(
      (request) => request.storedDigest !== undefined && findOrderFaults(changed, request).length === 0,
    );
    tally.count(
      `planted: ${name}`,
      missed.map((request) => `not seen at ${request.what}`),
    );
  }
}

function report(
  tally: Tally,
  calls: readonly SystemCall[],
  requests: readonly TracedRequest[],
  dataDir: string,
): PartReport {
  const isElsewhere = (file: string) => file.startsWith('/') && !file.startsWith(dataDir);
  const elsewhere = new Set(
    calls.filter((call) => isWrite(call) && isElsewhere(call.path)).map((call) => path.dirname(call.path)),
  );
  const syncs = calls.filter(isSync).length;
  return {
    name: 'trace',
    passed: tally.passed,
    failures: tally.failures,
    figures: { requests: requests.length, calls: calls.length, syncs, writesOutsideOfTheData: [...elsewhere] },
    lines: [
      `${requests.length} acknowledged requests in ${calls.length} system calls, ${syncs} of them syncs`,
      `folders outside of its data to which the server wrote: ${[...elsewhere].join(', ') || 'none'}`,
    ],
  };
}
