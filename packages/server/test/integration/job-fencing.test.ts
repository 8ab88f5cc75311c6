import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { InstanceDatabase } from '../../src/db/instance/instance-database.ts';
import type { RunningJob } from '../../src/jobs/job-handler.ts';
import { putFencedSetting } from '../in-process/put-fenced-setting.ts';
import type { SharedTestDatabase } from '../in-process/shared-test-database.ts';
import { ENGINES, type Engine } from '../in-process/test-database.ts';
import { enqueueFor, listSettings, openJobsDatabase } from '../in-process/test-jobs.ts';
import { createTestWorkers, handlerOf, type TestWorkers } from '../in-process/test-workers.ts';

const LEASE_MS = 1_500;
const WORKER = path.resolve(import.meta.dirname, 'support/fenced-worker.ts');
const POLL = { timeout: 15_000, interval: 50 };

interface WorkerProcess {
  readonly child: ChildProcess;
  readonly said: readonly string[];
  end(): Promise<void>;
}

async function startWorkerProcess(engine: Engine, database: InstanceDatabase): Promise<WorkerProcess> {
  const place =
    engine === 'sqlite' ? [await fileOf(database), ''] : [inject('postgresUrl') ?? '', database.schema ?? ''];
  const child = spawn(process.execPath, [WORKER, engine, ...place, String(LEASE_MS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
  child.once('exit', (code, signal) => said.push(`exit ${code ?? signal}`));
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { child, said, end };
}

async function fileOf(database: InstanceDatabase): Promise<string> {
  const { rows } = await sql<{ file: string }>`select file from pragma_database_list where name = 'main'`.execute(
    database.reader,
  );
  return rows[0]?.file ?? '';
}

describe.each(ENGINES)('a worker process that was stopped on %s (invariant 15)', (engine) => {
  let shared: SharedTestDatabase;
  let test: TestWorkers;
  let stopped: WorkerProcess;

  beforeAll(async () => {
    shared = await openJobsDatabase(engine);
  });
  afterAll(() => shared?.close());
  beforeEach(async () => {
    test = createTestWorkers(shared);
    stopped = await startWorkerProcess(engine, test.database);
  });
  afterEach(async () => {
    await stopped?.end();
    await test?.stopAll();
    await shared?.reset();
  });

  const put = (job: RunningJob, name: string) => {
    const input = { fence: job.fence, now: Date.now(), name, value: 'second worker' };
    return test.database.write((tx) => putFencedSetting({ tx, capabilities: test.database.capabilities }, input));
  };
  const enqueue = async () => {
    const [id = 0] = (await enqueueFor(test.jobs, 'sweep', [{ parameters: {} }])).jobIds;
    return id;
  };

  it('for two leases commits nothing when it goes on: another one has the job', async () => {
    const id = await enqueue();
    await expect.poll(() => stopped.said, POLL).toEqual(['stopping']);
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
    test.start([
      handlerOf('sweep', async (job) => {
        await put(job, 'taken over');
        await gate;
        await put(job, 'finished');
        return { status: 'success', result: `of attempt ${job.attempt}` };
      }),
    ]);
    await delay(2 * LEASE_MS);
    await expect.poll(async () => (await test.jobs.getJob(id)).owner, POLL).toBe('worker-1');
    expect(stopped.said).toEqual(['stopping']);

    stopped.child.kill('SIGCONT');
    await expect.poll(() => stopped.said, POLL).toEqual(['stopping', 'refused 3 of 3', 'lease-lost']);
    // It has also tried to end the job meanwhile, while the other one is still at it.
    await delay(300);
    expect(await test.jobs.getJob(id)).toMatchObject({ status: 'running', owner: 'worker-1' });
    openGate();
    await expect.poll(async () => (await test.jobs.getJob(id)).status, POLL).toBe('success');

    expect(await listSettings(test.database)).toEqual([
      'before=stopped worker',
      'finished=second worker',
      'taken over=second worker',
    ]);
    expect(await test.jobs.getJob(id)).toMatchObject({ result: 'of attempt 2', runCount: 2 });
    expect(await test.logOf(id)).toEqual([expect.stringContaining('its worker stopped-worker gave no sign of life')]);
    stopped.child.kill('SIGTERM');
    await expect
      .poll(() => stopped.said, POLL)
      .toEqual(['stopping', 'refused 3 of 3', 'lease-lost', 'ended', 'exit 0']);
    expect(test.errors).toEqual([]);
  });

  it('and never continued leaves its job to another, which finishes it', async () => {
    const id = await enqueue();
    await expect.poll(() => stopped.said, POLL).toEqual(['stopping']);
    stopped.child.kill('SIGKILL');
    test.start([handlerOf('sweep', async (job) => ({ status: 'success', result: job.attempt }))]);
    await expect.poll(async () => (await test.jobs.getJob(id)).status, POLL).toBe('success');
    expect(await test.jobs.getJob(id)).toMatchObject({ result: 2 });
    expect(await listSettings(test.database)).toEqual(['before=stopped worker']);
  });
});
