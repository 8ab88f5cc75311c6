import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimJobs } from '../jobs/claim-jobs.ts';
import { ensureRecurringJob } from '../jobs/ensure-recurring-job.ts';
import { openWrittenDatabase } from './open-written-database.ts';

const LEASE_MS = 30_000;

describe('the database of an instance where it is written', () => {
  let dataDir: string;
  let now = 1_000_000;
  const open = () =>
    openWrittenDatabase({ dataDir, databaseUrl: undefined, databaseConnections: 1 }, 'main', { now: () => now });
  const claim = (owner: string) => ({
    owner,
    now,
    leaseMs: LEASE_MS,
    limit: 1,
    kinds: [{ kind: 'sweep', limit: 1 }],
    except: [],
  });

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'roadstead-written-'));
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  it('lets go of the jobs of a server that died, and of no more', async () => {
    const first = await open();
    await first.execute(ensureRecurringJob, {
      kind: 'sweep',
      name: 'sweep',
      parameters: {},
      repeatEveryMs: 60_000,
      now,
    });
    const [job] = await first.execute(claimJobs, claim('one'));
    expect(job).toMatchObject({ kind: 'sweep', attempt: 1 });
    expect(await first.execute(claimJobs, claim('two'))).toEqual([]);
    await first.close();

    now += 1_000;
    const second = await open();
    const [again] = await second.execute(claimJobs, claim('two'));
    expect(again).toMatchObject({ id: job?.id, attempt: 2 });
    await second.close();
  });
});
