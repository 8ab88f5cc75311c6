import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContentClient, composeImage } from '../../../test/in-process/content-client.ts';
import { openTestContent, type TestContent } from '../../../test/in-process/test-content.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { claimJobs } from '../../jobs/claim-jobs.ts';
import { ensureRecurringJob } from '../../jobs/ensure-recurring-job.ts';
import type { JobFence } from '../../jobs/job-fence.ts';
import type { RepositoryRef } from '../repository-ref.ts';

const LEASE_MS = 30_000;
const DAY_MS = 24 * 3_600_000;

/** Invariant 15. */
describe.each(ENGINES)('a pass that a job runs on %s', (engine) => {
  let test: TestContent;
  let app: RepositoryRef;

  beforeEach(async () => {
    test = await openTestContent({ engine, settings: { policyIntervalMs: 0, straySweepIntervalMs: 0 } });
    app = await test.createRepository('team', 'app');
    const client = new ContentClient(test.content, test.actor);
    await test.content.setUntaggedPolicy(app.projectId, 0, test.actor);
    // Something for each step: a manifest for the policy, one in the trash, a blob of its own, an upload, a stray.
    for (const annotations of [{ number: '1' }, { number: '2' }]) {
      const config = Buffer.from(JSON.stringify(annotations));
      await client.pushBlob(app, config);
      await client.putManifest(app, composeImage(config, [], { annotations }));
    }
    const gone = composeImage(Buffer.from('{"number":"1"}'), [], { annotations: { number: '1' } });
    await client.delete(app, gone.digest);
    await client.pushBlob(app, Buffer.alloc(100));
    await test.content.uploads.create(app, test.actor, 'sha256');
    test.medium.objects.set('stray', new Uint8Array(10));
    test.clock.advance(30 * DAY_MS);
  });
  afterEach(() => test?.close());

  async function claim(): Promise<JobFence> {
    const now = test.clock.now();
    await test.database.execute(ensureRecurringJob, {
      name: 'collection',
      kind: 'collection',
      parameters: {},
      repeatEveryMs: 60_000,
      now,
    });
    const kinds = [{ kind: 'collection', limit: 1 }];
    const [job] = await test.database.execute(claimJobs, {
      owner: 'test',
      now,
      leaseMs: LEASE_MS,
      limit: 1,
      kinds,
      except: [],
    });
    if (job === undefined) throw new Error('there was no job to claim');
    return { jobId: job.id, token: job.token };
  }

  const snapshot = async () => {
    const { reader } = test.database;
    const tables = ['blobs', 'repository_blobs', 'manifests', 'trashed_manifests', 'strays', 'settings'] as const;
    const rows = await Promise.all(tables.map((table) => reader.selectFrom(table).selectAll().execute()));
    return JSON.stringify([rows, [...test.medium.objects.keys()]]);
  };

  it('commits while the job holds its lease', async () => {
    const fence = await claim();
    expect(await test.content.collector.runPass({ fence })).toMatchObject({
      trashPurged: 1,
      linksRemoved: 2,
      blobsRemoved: 2,
      manifestsDeleted: 1,
      errorCount: 0,
    });
  });

  it('commits nothing once another worker has claimed the job', async () => {
    const fence = await claim();
    test.clock.advance(2 * LEASE_MS);
    const { token } = await claim();
    expect(token).toBeGreaterThan(fence.token);
    const before = await snapshot();
    await expect(test.content.collector.runPass({ fence })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await snapshot()).toBe(before);
  });

  it('commits nothing more when it loses the job in the middle', async () => {
    const fence = await claim();
    const { execute } = test.database;
    Object.assign(test.database, {
      execute: async (command: { readonly name: string }, input: unknown) => {
        const output = await execute(command as never, input as never);
        if (command.name !== 'judgeLinks') return output;
        test.clock.advance(2 * LEASE_MS);
        await claim();
        return output;
      },
    });
    await expect(test.content.collector.runPass({ fence })).rejects.toMatchObject({ code: 'CONFLICT' });
    Object.assign(test.database, { execute });
    expect(test.medium.objects.size).toBe(4);
    const marked = await test.database.reader
      .selectFrom('blobs')
      .select('id')
      .where('deleting_at', 'is not', null)
      .execute();
    expect(marked).toEqual([]);
    expect(await test.content.collector.runPass()).toMatchObject({ blobsRemoved: 2, manifestsDeleted: 1 });
  });
});
