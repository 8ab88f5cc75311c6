import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { HarborCaller } from './harbor-caller.ts';

const PURGE = { audit_retention_hour: 48, include_event_types: 'create_artifact,delete_artifact' };
const MISSING = 999_999;
const at = (type: string, cron?: string) => ({ schedule: { type, ...(cron !== undefined && { cron }) } });

describe.each(ENGINES)("Harbor's upkeep on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let carol: RegistryClient;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    carol = await registry.createUser('carol');
  });
  afterAll(async () => {
    console.info(`${harbor.count} answers as Harbor's contract has them`);
    await registry.close();
  });

  const call = (id: string, more: Parameters<HarborCaller['call']>[2] = {}) => harbor.call(registry.admin, id, more);

  /** Resolves when the run has ended. */
  const ended = async (gc_id: number) => {
    for (;;) {
      const { json } = await call('getGC', { params: { gc_id } });
      if (!['Pending', 'Running'].includes(json.job_status)) return json;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  it('runs the collector now, and tells of it', async () => {
    const parameters = { delete_untagged: true, workers: 3 };
    const made = await call('createGCSchedule', { body: { ...at('Manual'), parameters } });
    expect([made.status, made.text]).toEqual([201, '']);
    const id = Number(made.headers.location?.match(/^\/api\/v2\.0\/system\/gc\/(\d+)$/)?.[1]);
    const run = await ended(id);
    expect(run).toMatchObject({
      id,
      job_name: 'GARBAGE_COLLECTION',
      job_kind: 'MANUAL',
      schedule: { type: 'Manual' },
      job_status: 'Success',
      deleted: false,
    });
    const told = JSON.parse(run.job_parameters);
    expect(told).toMatchObject({ ...parameters, dry_run: false, freed_space: 0, purged_blobs: 0, purged_manifests: 0 });
    const log = await call('getGCLog', { params: { gc_id: id } });
    expect(log.headers['content-type']).toContain('text/plain');
    expect(log.text).toContain('as the policy of each project says');
    expect((await call('stopGC', { params: { gc_id: id } })).status).toBe(200);
    expect(await ended(id)).toMatchObject({ job_status: 'Success' });
    const dry = await call('createGCSchedule', { body: { ...at('Manual'), parameters: { dry_run: true } } });
    const preview = await ended(Number(dry.headers.location?.split('/').at(-1)));
    expect(JSON.parse(preview.job_parameters)).toMatchObject({ dry_run: true, workers: 1 });
  });

  it('lists runs of the collector by pages, filtered and sorted', async () => {
    for (let count = 0; count < 3; count += 1) {
      const made = await call('createGCSchedule', { body: at('Manual') });
      await ended(Number(made.headers.location?.split('/').at(-1)));
    }
    const list = async (query: Readonly<Record<string, string | number>>) => {
      const { json, headers } = await call('getGCHistory', { query });
      return { ids: json.map((run: { id: number }) => run.id) as number[], headers };
    };
    const all = await list({});
    expect(all.ids).toEqual(all.ids.toSorted((left, right) => right - left));
    expect(Number(all.headers['x-total-count'])).toBe(all.ids.length);
    expect((await list({ sort: 'creation_time' })).ids).toEqual(all.ids.toReversed());
    const second = await list({ page: 2, page_size: 1 });
    expect([second.ids, String(second.headers.link)]).toEqual([[all.ids[1]], expect.stringContaining('rel="prev"')]);
    expect((await list({ q: 'job_status=Success' })).ids).toEqual(all.ids);
    expect((await list({ q: 'job_status={Error Stopped}' })).ids).toEqual([]);
    expect((await list({ q: 'job_status=Never' })).ids).toEqual([]);
    expect((await list({ q: 'nothing=1' })).ids).toEqual(all.ids);
    expect((await registry.admin.get('/api/v2.0/system/gc?q=job_status')).status).toBe(400);
    expect((await registry.admin.get('/api/v2.0/system/gc?sort=secret')).status).toBe(400);
    expect((await registry.admin.get('/api/v2.0/system/gc?page_size=101')).status).toBe(422);
  });

  it('keeps when the collector runs', async () => {
    expect((await call('getGCSchedule')).json).toEqual({ schedule: { type: 'None', cron: '' } });
    const parameters = { delete_untagged: true, workers: 2, dry_run: true };
    const made = await call('createGCSchedule', { body: { ...at('Custom', '0 30 3 * * *'), parameters } });
    expect(made.status).toBe(201);
    const { json } = await call('getGCSchedule');
    expect(json).toMatchObject({
      job_name: 'GARBAGE_COLLECTION',
      job_kind: 'SCHEDULE',
      schedule: { type: 'Custom', cron: '0 30 3 * * *', next_scheduled_time: expect.stringContaining('T03:30:00') },
    });
    expect(JSON.parse(json.job_parameters)).toEqual({ ...parameters, delete_tag: false });
    expect((await call('updateGCSchedule', { body: at('Daily') })).status).toBe(200);
    expect((await call('getGCSchedule')).json.schedule).toMatchObject({ type: 'Daily', cron: '0 0 0 * * *' });
    expect((await call('updateGCSchedule', { body: at('Hourly') })).status).toBe(200);
    expect((await call('updateGCSchedule', { body: at('Weekly', '0 0 0 * * 1') })).status).toBe(200);
    expect((await call('getGCSchedule')).json.schedule).toMatchObject({ type: 'Weekly', cron: '0 0 0 * * 1' });
    for (const _ of ['there', 'gone']) expect((await call('updateGCSchedule', { body: at('None') })).status).toBe(200);
    expect((await call('getGCSchedule')).json.schedule.type).toBe('None');
  });

  it.each<[string, object]>([
    ['no schedule', {}],
    ['no type', { schedule: { cron: '0 0 0 * * *' } }],
    ['no time', at('Custom')],
    ['five fields', at('Custom', '0 0 * * *')],
    ['a time that is none', at('Custom', 'often')],
    ['a day that there is not', at('Custom', '0 0 0 30 2 *')],
    ['no worker', { ...at('Manual'), parameters: { workers: 0 } }],
    ['11 workers', { ...at('Manual'), parameters: { workers: 11 } }],
    ['a text for workers', { ...at('Daily'), parameters: { workers: '2' } }],
    ['a text for a flag', { ...at('Daily'), parameters: { dry_run: 'yes' } }],
  ])('is refused times of the collector with %s', async (_what, body) => {
    expect((await call('createGCSchedule', { body })).status).toBe(400);
    expect((await call('updateGCSchedule', { body })).status).toBe(400);
  });

  it('takes runs of the collector now by POST alone, and knows its types', async () => {
    expect((await call('updateGCSchedule', { body: at('Manual') })).status).toBe(400);
    expect((await call('updateGCSchedule', { body: at('Yearly') })).status).toBe(422);
    expect((await call('createGCSchedule', { body: { schedule: 'daily' } })).status).toBe(422);
  });

  it('keeps when the audit log is to be purged, and purges nothing yet', async () => {
    expect((await call('getPurgeSchedule')).json.schedule.type).toBe('None');
    const body = { ...at('Daily', '0 0 1 * * *'), parameters: PURGE };
    expect((await call('createPurgeSchedule', { body })).status).toBe(201);
    const { json } = await call('getPurgeSchedule');
    expect(json).toMatchObject({ job_name: 'PURGE_AUDIT_LOG', schedule: { type: 'Daily', cron: '0 0 1 * * *' } });
    // It would be a lie.
    expect(json.schedule.next_scheduled_time).toBeUndefined();
    expect(JSON.parse(json.job_parameters)).toEqual({ ...PURGE, dry_run: false });
    const now = await call('createPurgeSchedule', { body: { ...at('Manual'), parameters: PURGE } });
    expect([now.status, now.json.errors[0].code]).toEqual([412, 'PRECONDITION']);
    expect(now.json.errors[0].message).toContain('purge of the audit log is not there yet');
    const later = { ...at('Custom', '0 0 2 * * *'), parameters: { ...PURGE, dry_run: true } };
    expect((await call('updatePurgeSchedule', { body: later })).status).toBe(200);
    expect(JSON.parse((await call('getPurgeSchedule')).json.job_parameters).dry_run).toBe(true);
    const history = await call('getPurgeHistory', { query: { q: 'job_status=Success', sort: '-creation_time' } });
    expect([history.json, history.headers['x-total-count']]).toEqual([[], '0']);
    expect((await call('updatePurgeSchedule', { body: at('None') })).status).toBe(200);
    expect((await call('getPurgeSchedule')).json.schedule.type).toBe('None');
  });

  it.each<[string, object]>([
    ['no parameters', at('Daily')],
    ['no hours', { ...at('Daily'), parameters: { include_event_types: 'create_artifact' } }],
    ['half an hour', { ...at('Daily'), parameters: { ...PURGE, audit_retention_hour: 0.5 } }],
    ['a text for hours', { ...at('Daily'), parameters: { ...PURGE, audit_retention_hour: '48' } }],
    ['hours below nought', { ...at('Daily'), parameters: { ...PURGE, audit_retention_hour: -1 } }],
    ['no events', { ...at('Daily'), parameters: { ...PURGE, include_event_types: '' } }],
    ['a list of events', { ...at('Daily'), parameters: { ...PURGE, include_event_types: ['create_artifact'] } }],
    ['a text for a flag', { ...at('Daily'), parameters: { ...PURGE, dry_run: 'no' } }],
    ['no time', { ...at('Custom'), parameters: PURGE }],
    ['a time that is none', { ...at('Custom', 'often'), parameters: PURGE }],
  ])('is refused times of the purge with %s', async (_what, body) => {
    expect((await call('createPurgeSchedule', { body })).status).toBe(400);
    expect((await call('updatePurgeSchedule', { body })).status).toBe(400);
  });

  it('has no runs but its own: those of the collector are no purges', async () => {
    const made = await call('createGCSchedule', { body: at('Manual') });
    const id = Number(made.headers.location?.split('/').at(-1));
    for (const gc_id of [MISSING, 0]) {
      for (const operation of ['getGC', 'stopGC', 'getGCLog']) {
        expect((await call(operation, { params: { gc_id } })).status).toBe(404);
      }
    }
    for (const purge_id of [id, MISSING]) {
      for (const operation of ['getPurgeJob', 'stopPurge', 'getPurgeJobLog']) {
        expect((await call(operation, { params: { purge_id } })).status).toBe(404);
      }
    }
    expect((await registry.admin.get('/api/v2.0/system/gc/first')).status).toBe(422);
  });

  it('tells of its workers, jobs and queues', async () => {
    const { json: pools } = await call('getWorkerPools');
    expect(pools).toHaveLength(1);
    expect(pools[0]).toMatchObject({ worker_pool_id: 'roadstead', pid: process.pid });
    for (const pool_id of ['all', 'roadstead']) {
      const { json } = await call('getWorkers', { params: { pool_id } });
      expect(json.every((worker: { pool_id: string }) => worker.pool_id === 'roadstead')).toBe(true);
    }
    expect((await call('getWorkers', { params: { pool_id: 'other' } })).status).toBe(404);
    const { json: queues } = await call('listJobQueues');
    expect(queues.map((queue: { job_type: string }) => queue.job_type)).toContain('COLLECT');
    expect(queues.every((queue: { paused: boolean }) => !queue.paused)).toBe(true);
    const { json } = await call('getGCHistory');
    expect(json.length).toBeGreaterThan(0);
  });

  it('stops what waits, but what comes again by itself', async () => {
    const stop = (job_type: string, action = 'stop') =>
      call('actionPendingJobs', { params: { job_type }, body: { action } });
    expect((await stop('COLLECT')).status).toBe(200);
    expect((await stop('all')).status).toBe(200);
    expect((await stop('NOTHING')).status).toBe(404);
    for (const action of ['pause', 'resume']) {
      const answer = await stop('all', action);
      expect([answer.status, answer.json.errors[0].message]).toEqual([412, expect.stringContaining('not there yet')]);
    }
    expect((await stop('all', 'hasten')).status).toBe(422);
    expect((await call('actionPendingJobs', { params: { job_type: 'all' }, body: {} })).status).toBe(422);
    const { json: queues } = await call('listJobQueues');
    expect(queues.map((queue: { job_type: string }) => queue.job_type)).toContain('COLLECT');
  });

  it('stops jobs and tells what they wrote down, by their numbers', async () => {
    const { text } = await registry.admin.get('/api/roadstead/v1/garbage-collection');
    const job_id = String(JSON.parse(text).jobId ?? 1);
    expect((await call('actionGetJobLog', { params: { job_id } })).status).toBe(200);
    expect((await call('stopRunningJob', { params: { job_id } })).status).toBe(200);
    for (const missing of [String(MISSING), 'first', '1e3']) {
      expect((await call('stopRunningJob', { params: { job_id: missing } })).status).toBe(404);
      expect((await call('actionGetJobLog', { params: { job_id: missing } })).status).toBe(404);
    }
  });

  it('lists what is done at set times', async () => {
    const body = { ...at('Daily'), parameters: PURGE };
    expect((await call('createGCSchedule', { body: at('Custom', '0 30 3 * * *') })).status).toBe(201);
    expect((await call('createPurgeSchedule', { body })).status).toBe(201);
    const { json, headers } = await call('listSchedules');
    const told = json.map(({ vendor_type, cron }: { vendor_type: string; cron: string }) => [vendor_type, cron]);
    expect(told).toEqual([
      ['PURGE_AUDIT_LOG', '0 0 0 * * *'],
      ['GARBAGE_COLLECTION', '0 30 3 * * *'],
    ]);
    expect(headers['x-total-count']).toBe('2');
    expect((await call('listSchedules', { query: { page: 2, page_size: 1 } })).json).toEqual([json[1]]);
    expect((await call('listSchedules', { query: { page: 3, page_size: 1 } })).json).toEqual([]);
    expect((await registry.admin.get('/api/v2.0/schedules?page=0')).status).toBe(422);
    for (const job_type of ['all', 'ALL']) {
      expect((await harbor.call(carol, 'getSchedulePaused', { params: { job_type } })).json).toEqual({ paused: false });
    }
    expect((await call('getSchedulePaused', { params: { job_type: 'GARBAGE_COLLECTION' } })).status).toBe(404);
    const anonymous = await harbor.call(registry.anonymous, 'getSchedulePaused', { params: { job_type: 'all' } });
    expect(anonymous.status).toBe(401);
  });

  it('keeps the vulnerabilities that keep nobody from a pull', async () => {
    expect((await harbor.call(carol, 'getSystemCVEAllowlist')).json).toMatchObject({ project_id: 0, items: [] });
    const items = [{ cve_id: 'CVE-2021-44228' }, { cve_id: ' CVE-2014-0160 ' }];
    expect((await call('putSystemCVEAllowlist', { body: { items, expires_at: 1_900_000_000 } })).status).toBe(200);
    expect((await harbor.call(carol, 'getSystemCVEAllowlist')).json).toMatchObject({
      items: [{ cve_id: 'CVE-2021-44228' }, { cve_id: 'CVE-2014-0160' }],
      expires_at: 1_900_000_000,
    });
    expect((await call('putSystemCVEAllowlist', { body: { items: [] } })).status).toBe(200);
    const { json } = await call('getSystemCVEAllowlist');
    expect([json.items, json.expires_at]).toEqual([[], undefined]);
  });

  it.each<[string, object, number]>([
    ['the same twice', { items: [{ cve_id: 'CVE-1' }, { cve_id: 'CVE-1' }] }, 400],
    ['one without a name', { items: [{}] }, 400],
    ['an empty one', { items: [{ cve_id: ' ' }] }, 400],
    ['a space in it', { items: [{ cve_id: 'CVE 1' }] }, 400],
    ['a long one', { items: [{ cve_id: 'C'.repeat(129) }] }, 400],
    ['too many', { items: Array.from({ length: 1_001 }, (_, n) => ({ cve_id: `CVE-${n}` })) }, 400],
    ['no list', { items: 'CVE-1' }, 422],
    ['a text for an instant', { expires_at: 'never' }, 422],
  ])('is refused a list of vulnerabilities with %s', async (_what, body, status) => {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await registry.admin.put('/api/v2.0/system/CVEAllowlist', JSON.stringify(body), headers);
    expect(answer.status).toBe(status);
  });

  it('is for administrators', async () => {
    const calls: readonly (readonly [string, Parameters<HarborCaller['call']>[2]])[] = [
      ['getGCHistory', {}],
      ['getGC', { params: { gc_id: 1 } }],
      ['stopGC', { params: { gc_id: 1 } }],
      ['getGCLog', { params: { gc_id: 1 } }],
      ['getGCSchedule', {}],
      ['createGCSchedule', { body: at('Manual') }],
      ['updateGCSchedule', { body: at('Daily') }],
      ['getPurgeHistory', {}],
      ['getPurgeJob', { params: { purge_id: 1 } }],
      ['stopPurge', { params: { purge_id: 1 } }],
      ['getPurgeJobLog', { params: { purge_id: 1 } }],
      ['getPurgeSchedule', {}],
      ['createPurgeSchedule', { body: at('Daily') }],
      ['updatePurgeSchedule', { body: at('None') }],
      ['getWorkerPools', {}],
      ['getWorkers', { params: { pool_id: 'all' } }],
      ['stopRunningJob', { params: { job_id: '1' } }],
      ['actionGetJobLog', { params: { job_id: '1' } }],
      ['listJobQueues', {}],
      ['actionPendingJobs', { params: { job_type: 'all' }, body: { action: 'stop' } }],
      ['listSchedules', {}],
      ['putSystemCVEAllowlist', { body: { items: [] } }],
    ];
    for (const [operation, more] of calls) {
      expect([operation, (await harbor.call(carol, operation, more)).status]).toEqual([operation, 403]);
      expect([operation, (await harbor.call(registry.anonymous, operation, more)).status]).toEqual([operation, 401]);
    }
    expect((await harbor.call(registry.anonymous, 'getSystemCVEAllowlist')).status).toBe(401);
  });
});
