import { randomBytes } from 'node:crypto';
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClientManifest, ContentClient, composeImage } from '../../../test/in-process/content-client.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { OPERATOR, openTestOperations, type TestOperations } from '../../../test/in-process/test-operations.ts';
import type { RepositoryRef } from '../../content/repository-ref.ts';
import { ANONYMOUS, type Principal } from '../../kernel/principal.ts';
import { registerRoadsteadRoutes } from './roadstead-routes.ts';

/** Other tests share the machine. */
const PATIENT = { timeout: 10_000 };
const BASE = '/api/roadstead/v1';
const USER: Principal = { kind: 'user', id: 9, name: 'carol', isAdministrator: false };
const DAY_MS = 24 * 3_600_000;

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

describe.each(ENGINES)('the API of Roadstead on %s', (engine) => {
  let test: TestOperations;
  let app: FastifyInstance;
  let principal: Principal;

  beforeAll(async () => {
    test = await openTestOperations(engine);
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    await test.reset();
    principal = OPERATOR.principal;
    app = Fastify();
    registerRoadsteadRoutes(app, {
      instanceOf: () => test,
      actorOf: () => ({ ...OPERATOR, principal }),
    });
  });
  afterEach(() => app?.close());

  const send = (method: Method, path: string, payload?: object, headers = {}) =>
    app.inject({
      method,
      url: `${BASE}${path}`,
      headers,
      ...(payload === undefined ? {} : { payload }),
    } as InjectOptions);
  const get = async (path: string) => (await send('GET', path)).json();

  async function pushImage(repository: RepositoryRef, tag: string): Promise<ClientManifest> {
    const client = new ContentClient(test.content, OPERATOR);
    const [config, layer] = [randomBytes(10), randomBytes(1_000)];
    for (const blob of [config, layer]) await client.pushBlob(repository, blob);
    const image = composeImage(config, [layer]);
    await client.putManifest(repository, image, tag);
    return image;
  }

  async function deleteImage(repository: RepositoryRef, tag: string): Promise<ClientManifest> {
    const image = await pushImage(repository, tag);
    await new ContentClient(test.content, OPERATOR).delete(repository, image.digest);
    return image;
  }

  describe('what belongs to the instance', () => {
    it.each([
      ['GET', '/garbage-collection'],
      ['POST', '/garbage-collection/runs', { mode: 'purge' }],
      ['POST', '/garbage-collection/confirmation', { bytes: 1 }],
      ['GET', '/scrub'],
      ['POST', '/scrub/runs'],
      ['GET', '/executions'],
      ['GET', '/executions/1'],
      ['GET', '/executions/999'],
      ['POST', '/executions/1/stop'],
      ['GET', '/jobs/1/log'],
      ['POST', '/jobs/1/retry'],
    ] as const)('is for administrators: %s %s', async (method, path, body?: object) => {
      await test.operations.garbageCollection.run('dry-run', OPERATOR);
      for (const [who, status, code] of [
        [ANONYMOUS, 401, 'UNAUTHORIZED'],
        [USER, 403, 'FORBIDDEN'],
        [{ kind: 'robot', id: 1, name: 'robot$ci' }, 403, 'FORBIDDEN'],
      ] as const) {
        principal = who;
        const answer = await send(method, path, body);
        expect([answer.statusCode, answer.json().errors[0].code]).toEqual([status, code]);
        expect(answer.headers['x-request-id']).toBe('request-1');
      }
      expect((await test.operations.executions.list({ page: 1, pageSize: 9 })).total).toBe(1);
    });

    it('shows the collector, before it ran and after', async () => {
      const before = await get('/garbage-collection');
      expect(before).toMatchObject({
        settings: { intervalMs: 60_000, reviewDelayMs: DAY_MS, trashWindowMs: 7 * DAY_MS, capBytes: 1024 ** 3 },
        awaiting: null,
        heldBy: null,
        lastPass: null,
        nextPassAt: null,
        jobId: null,
        running: [],
      });
      await test.content.collector.hold('export:7', 60_000);
      test.operations.start();
      await expect.poll(async () => (await get('/garbage-collection')).lastPass, PATIENT).not.toBeNull();
      const after = await get('/garbage-collection');
      expect(after).toMatchObject({
        heldBy: { name: 'export:7', until: '2030-01-01T00:01:00.000Z' },
        lastPass: { at: '2030-01-01T00:00:00.000Z', report: { bytesFreed: 0, heldBy: 'export:7' } },
        jobId: expect.any(Number),
      });
      expect((await send('GET', `/jobs/${after.jobId}/log`)).body).toBe(
        '2030-01-01T00:00:00.000Z Nothing is removed while export:7 needs everything to stay.\n',
      );
    });

    it('starts runs, and shows them with what they do and say', async () => {
      const answer = await send('POST', '/garbage-collection/runs', { mode: 'dry-run' });
      expect(answer.statusCode).toBe(202);
      const { id } = answer.json();
      expect(answer.headers.location).toBe(`${BASE}/executions/${id}`);
      expect(answer.json()).toMatchObject({ kind: 'garbage-collection', status: 'pending', trigger: 'manual' });
      expect((await get('/garbage-collection')).running).toMatchObject([{ id, parameters: { mode: 'dry-run' } }]);
      test.operations.start();
      await test.ended({ id });
      const shown = await get(`/executions/${id}`);
      expect(shown).toMatchObject({
        id,
        actor: 'user:1',
        status: 'success',
        endedAt: '2030-01-01T00:00:00.000Z',
        jobCounts: { success: 1 },
        jobs: [{ status: 'success', attempts: 1, result: { preview: { now: { bytes: 0 }, purge: { bytes: 0 } } } }],
      });
      expect(JSON.stringify(shown)).not.toContain(OPERATOR.address);
      const log = await send('GET', `/jobs/${shown.jobs[0].id}/log`);
      expect(log.headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(log.body).toContain('A pass now would free 0 bytes');
      for (const body of [{}, { mode: 'all' }, { mode: 1 }, undefined]) {
        const refused = await send('POST', '/garbage-collection/runs', body);
        expect(refused.statusCode, JSON.stringify(body)).toBe(422);
        expect(refused.json().errors[0].code).toBe('UNPROCESSABLE_ENTITY');
      }
    });

    it('takes a confirmation for what waits, and for nothing else', async () => {
      for (const bytes of [-1, 1.5, '5', true, null, undefined, 2 ** 60]) {
        expect((await send('POST', '/garbage-collection/confirmation', { bytes })).statusCode, `${bytes}`).toBe(422);
      }
      const refused = await send('POST', '/garbage-collection/confirmation', { bytes: 5 });
      expect([refused.statusCode, refused.json().errors[0].code]).toEqual([412, 'PRECONDITION']);
      test.configure({ capBytes: 0, capShare: 0, trashWindowMs: 0, reviewDelayMs: 0, pushWindowMs: 0 });
      await deleteImage(await test.createRepository('team', 'app'), 'v1');
      test.operations.start();
      await expect
        .poll(async () => (await get('/garbage-collection')).awaiting, PATIENT)
        .toMatchObject({ bytes: 1_010, count: 2 });
      const confirmed = await send('POST', '/garbage-collection/confirmation', { bytes: 1_010 });
      expect([confirmed.statusCode, confirmed.body]).toEqual([204, '']);
      const { id } = (await send('POST', '/garbage-collection/runs', { mode: 'pass' })).json();
      expect((await test.ended({ id })).job.result).toMatchObject({ report: { bytesFreed: 1_010 } });
      expect(test.storedBytes()).toBe(0);
    });

    it('lists executions in pages by kind and status', async () => {
      const ids: number[] = [];
      for (let index = 0; index < 3; index += 1) {
        ids.unshift((await send('POST', '/garbage-collection/runs', { mode: 'pass' })).json().id);
      }
      await send('POST', '/scrub/runs');
      const page = await send('GET', '/executions?kind=garbage-collection&status=pending&page_size=2');
      expect(page.json().map(({ id }: { id: number }) => id)).toEqual(ids.slice(0, 2));
      expect(page.headers).toMatchObject({
        'x-total-count': '3',
        link: `<${BASE}/executions?kind=garbage-collection&status=pending&page_size=2&page=2>; rel="next"`,
      });
      const last = await send('GET', '/executions?kind=garbage-collection&page=2&page_size=2');
      expect(last.json()).toHaveLength(1);
      expect(last.headers.link).toBeUndefined();
      expect(await get('/executions?kind=scrub')).toHaveLength(1);
      expect(await get('/executions?status=success')).toEqual([]);
      for (const query of ['status=dead', 'page=0', 'page_size=101', 'page=1e1', 'kind=%00']) {
        expect((await send('GET', `/executions?${query}`)).statusCode, query).toBe(422);
      }
    });

    it('stops what waits, retries what failed for good, and knows what is not there', async () => {
      const { id } = (await send('POST', '/garbage-collection/runs', { mode: 'purge' })).json();
      expect((await send('POST', `/executions/${id}/stop`)).statusCode).toBe(202);
      expect(await get(`/executions/${id}`)).toMatchObject({ status: 'stopped', jobs: [{ attempts: 0 }] });
      await test.content.collector.hold('backup', 60_000);
      test.operations.start();
      const held = (await send('POST', '/garbage-collection/runs', { mode: 'purge' })).json();
      const { job, execution } = await test.ended(held);
      expect(execution).toMatchObject({ status: 'error', message: expect.stringContaining('backup') });
      await test.content.collector.release('backup');
      expect((await send('POST', `/jobs/${job.id}/retry`)).statusCode).toBe(202);
      expect((await test.ended(held)).execution.status).toBe('success');
      expect((await send('POST', `/jobs/${job.id}/retry`)).statusCode).toBe(412);
      for (const [method, path] of [
        ['GET', '/executions/999999'],
        ['POST', '/executions/999999/stop'],
        ['GET', '/jobs/999999/log'],
        ['POST', '/jobs/999999/retry'],
      ] as const) {
        const answer = await send(method, path);
        expect([answer.statusCode, answer.json().errors[0].code], path).toEqual([404, 'NOT_FOUND']);
      }
      expect((await send('GET', '/executions/one')).statusCode).toBe(422);
    });

    it('scrubs on demand', async () => {
      await pushImage(await test.createRepository('team', 'app'), 'v1');
      expect(await get('/scrub')).toEqual({
        settings: { bytesPerSecond: 0 },
        round: { startedAt: null, blobs: 0, bytes: 0 },
        lastRound: null,
        damaged: 0,
        missing: 0,
        unreadable: 0,
        jobId: null,
        running: [],
      });
      const answer = await send('POST', '/scrub/runs');
      expect([answer.statusCode, answer.headers.location]).toEqual([202, `${BASE}/executions/${answer.json().id}`]);
      expect((await get('/scrub')).running).toHaveLength(1);
      test.operations.start();
      expect((await test.ended(answer.json())).job.result).toMatchObject({ blobs: 2, bytes: 1_010, damaged: 0 });
      expect(await get('/scrub')).toMatchObject({
        round: { startedAt: null, blobs: 2, bytes: 1_010 },
        lastRound: { endedAt: '2030-01-01T00:00:00.000Z', durationMs: 0 },
        running: [],
      });
    });
  });

  describe('what belongs to a project', () => {
    let repository: RepositoryRef;
    beforeEach(async () => {
      repository = await test.createRepository('team', 'app');
    });

    it.each([
      ['GET', '/trash'],
      ['POST', '/trash/1/restore'],
      ['DELETE', '/trash/1'],
      ['DELETE', '/trash'],
      ['GET', '/untagged-policy'],
      ['PUT', '/untagged-policy', { afterMs: 0 }],
    ] as const)('answers a foreign project and a missing one alike: %s %s', async (method, path, body?: object) => {
      const image = await deleteImage(repository, 'v1');
      const keys = ['team', String(repository.projectId), 'missing', '4711', 'UPPER'];
      for (const [who, status] of [
        [ANONYMOUS, 401],
        [USER, 403],
      ] as const) {
        principal = who;
        const answers = [];
        for (const key of keys) answers.push(await send(method, `/projects/${key}${path}`, body));
        expect(answers.map((answer) => answer.statusCode)).toEqual(keys.map(() => status));
        expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
      }
      principal = OPERATOR.principal;
      expect((await get('/projects/team/trash')).items).toMatchObject([{ digest: image.digest }]);
      const missing = await send(method, `/projects/missing${path}`, body);
      expect([missing.statusCode, missing.json().errors[0].code]).toEqual([404, 'NOT_FOUND']);
    });

    it('is not for who may only read it', async () => {
      await deleteImage(repository, 'v1');
      await test.projects.update({ idOrName: 'team', visibility: 'public', actor: OPERATOR });
      principal = USER;
      expect((await send('GET', '/projects/team/trash')).statusCode).toBe(403);
      expect((await send('DELETE', '/projects/team/trash')).statusCode).toBe(403);
      expect((await send('PUT', '/projects/team/untagged-policy', { afterMs: 0 })).statusCode).toBe(403);
    });

    it('lists the trash, the newest first, by repository and in pages, with its size', async () => {
      const other = await test.createRepository('team', 'other');
      const first = await deleteImage(repository, 'v1');
      const second = await deleteImage(other, 'v2');
      const list = await get(`/projects/${repository.projectId}/trash`);
      expect(list).toMatchObject({
        items: [{ digest: second.digest }, { digest: first.digest, repository: 'team/app', tags: ['v1'] }],
        next: null,
        size: { manifests: 2, manifestBytes: first.bytes.length + second.bytes.length, blobBytes: 0 },
      });
      expect(list.items[1]).toMatchObject({
        mediaType: first.mediaType,
        sizeBytes: first.bytes.length,
        deletedAt: '2030-01-01T00:00:00.000Z',
        expiresAt: '2030-01-08T00:00:00.000Z',
        deletedBy: 'user:1',
        reason: 'client',
      });
      const page = await get('/projects/team/trash?limit=1');
      expect(page).toMatchObject({ items: [{ digest: second.digest }], next: list.items[0].id });
      const rest = await get(`/projects/team/trash?limit=1&before=${page.next}`);
      expect(rest).toMatchObject({ items: [{ digest: first.digest }], next: null });
      expect(rest).not.toHaveProperty('size');
      expect((await get('/projects/team/trash?repository=team/app')).items).toHaveLength(1);
      expect((await send('GET', '/projects/team/trash?limit=0')).statusCode).toBe(422);
    });

    it('restores what was deleted, once, and only in its own project', async () => {
      const image = await deleteImage(repository, 'v1');
      await test.createRepository('else', 'app');
      const [{ id }] = (await get('/projects/team/trash')).items;
      expect((await send('POST', `/projects/else/trash/${id}/restore`)).statusCode).toBe(404);
      const answer = await send('POST', `/projects/team/trash/${id}/restore`);
      expect([answer.statusCode, answer.json()]).toEqual([
        200,
        {
          repository: 'team/app',
          manifests: [{ digest: image.digest, wasThere: false, tags: ['v1'], tagsElsewhere: [] }],
        },
      ]);
      expect(await new ContentClient(test.content, OPERATOR).pullManifest(repository, 'v1')).toEqual(image.bytes);
      expect((await send('POST', `/projects/team/trash/${id}/restore`)).statusCode).toBe(404);
    });

    it('purges one deleted manifest or all of them, but not while a backup runs', async () => {
      for (const tag of ['v1', 'v2', 'v3']) await deleteImage(repository, tag);
      await test.createRepository('else', 'app');
      const [{ id }] = (await get('/projects/team/trash')).items;
      await test.content.collector.hold('backup', 60_000);
      const held = await send('DELETE', `/projects/team/trash/${id}`);
      expect([held.statusCode, held.json().errors[0].code]).toEqual([409, 'CONFLICT']);
      await test.content.collector.release('backup');
      expect((await send('DELETE', `/projects/else/trash/${id}`)).statusCode).toBe(404);
      expect((await send('DELETE', `/projects/team/trash/${id}`)).statusCode).toBe(204);
      expect((await send('DELETE', `/projects/team/trash/${id}`)).statusCode).toBe(404);
      // Clients send a JSON content type with no body.
      const all = await send('DELETE', '/projects/team/trash', undefined, { 'content-type': 'application/json' });
      expect([all.statusCode, all.json()]).toEqual([200, { purged: 2 }]);
      expect((await get('/projects/team/trash')).items).toEqual([]);
    });

    it('keeps the policy on untagged manifests, which only null switches off', async () => {
      const path = '/projects/team/untagged-policy';
      expect(await get(path)).toEqual({ afterMs: null });
      expect((await send('PUT', path, { afterMs: 5_000 })).json()).toEqual({ afterMs: 5_000 });
      // A validator that coerces would take these for 0, which deletes, or for what they are not.
      for (const body of [
        {},
        { afterMs: false },
        { afterMs: '' },
        { afterMs: '7' },
        { afterMs: -1 },
        { afterMs: [1] },
      ]) {
        const refused = await send('PUT', path, body);
        expect([refused.statusCode, refused.json().errors[0].code], JSON.stringify(body)).toEqual([
          422,
          'UNPROCESSABLE_ENTITY',
        ]);
      }
      expect(await get(path)).toEqual({ afterMs: 5_000 });
      expect((await send('PUT', path, { afterMs: 0 })).json()).toEqual({ afterMs: 0 });
      expect((await send('PUT', path, { afterMs: null })).json()).toEqual({ afterMs: null });
      expect(await get(path)).toEqual({ afterMs: null });
    });

    it('may have digits for its name', async () => {
      await test.createRepository('12', 'app');
      expect((await send('GET', '/projects/12/trash')).statusCode).toBe(404);
      const byName = await send('GET', '/projects/12/trash', undefined, { 'x-is-resource-name': 'true' });
      expect(byName.statusCode).toBe(200);
    });
  });
});
