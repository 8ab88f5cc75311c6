// A worker in a process of its own. Its handler commits a row, stops its own process (SIGSTOP), and when that is continued
// tries to commit some more. Arguments: the engine and where the database is; the test reads what it prints.
import { createInstanceDatabase } from '../../../src/db/instance/instance-database.ts';
import type { InstanceSchema } from '../../../src/db/instance/schema.ts';
import { openPostgresDatabase } from '../../../src/drivers/database/postgres/postgres-database.ts';
import { openSqliteDatabase } from '../../../src/drivers/database/sqlite/sqlite-database.ts';
import type { RunningJob } from '../../../src/jobs/job-handler.ts';
import { createJobWorker } from '../../../src/jobs/job-worker.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { systemIds } from '../../../src/kernel/ids.ts';
import { putFencedSetting } from '../../in-process/put-fenced-setting.ts';

const [engine, location = '', schema = '', leaseMs = '0'] = process.argv.slice(2);
const opened =
  engine === 'sqlite'
    ? await openSqliteDatabase<InstanceSchema>(location)
    : await openPostgresDatabase<InstanceSchema>({
        url: location,
        schema,
        owner: 'as-found',
        maxConnections: 4,
        connectTimeoutMs: 10_000,
      });
const database = createInstanceDatabase(opened, []);

/** A process that is stopped inside a transaction would hold its locks: this one stops between two. */
let writes = 0;
const counted = {
  ...database,
  execute: (async (command, input) => {
    writes += 1;
    try {
      return await database.execute(command, input);
    } finally {
      writes -= 1;
    }
  }) satisfies typeof database.execute,
};

const put = (job: RunningJob, name: string, now?: number) => {
  const input = { fence: job.fence, name, value: 'stopped worker', ...(now === undefined ? {} : { now }) };
  return database.write((tx) => putFencedSetting({ tx, capabilities: database.capabilities }, input));
};

async function run(job: RunningJob) {
  await put(job, 'before', systemClock.now());
  const before = systemClock.now();
  while (writes > 0) await new Promise((resolve) => setImmediate(resolve));
  say('stopping');
  process.kill(process.pid, 'SIGSTOP');
  // Nothing has told it yet that time has passed. It looks at the clock again, or not, or not at its signal either.
  const late = [
    put(job, 'after'),
    put(job, 'after with the old time', before),
    put(job, 'after with the new time', systemClock.now()),
  ];
  const refused = (await Promise.allSettled(late)).filter((result) => result.status === 'rejected');
  say(`refused ${refused.length} of ${late.length}`);
  await job.confirm().catch((error) => say(`${error.why}`));
  job.log('written by the stopped worker');
  return { status: 'success', result: 'of the stopped worker' } as const;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const worker = createJobWorker({
  database: counted,
  clock: systemClock,
  ids: systemIds,
  handlers: [{ kind: 'sweep', maxConcurrent: 1, run }],
  owner: 'stopped-worker',
  concurrency: 1,
  leaseMs: Number(leaseMs),
  pollMs: 50,
  onError: (error) => say(`error ${error}`),
});
worker.start();
process.once('SIGTERM', async () => {
  await worker.stop(5_000);
  await database.close();
  say('ended');
});
