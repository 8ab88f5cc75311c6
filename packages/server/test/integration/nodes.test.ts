import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { errorCode } from './support/http-client.ts';
import { type OpenNode, type OpenRegistry, openRegistry } from './support/open-registry.ts';
import type { RegistryClient } from './support/registry-client.ts';
import { digestOf, freshBytes, sampleImage } from './support/sample-content.ts';
import { MANAGEMENT_API, waitForExecution } from './support/wait-for-execution.ts';

const hasBoth = inject('s3') !== undefined && inject('postgresUrl') !== undefined;
const REPOSITORY = 'team/app';
const MIB = 1024 * 1024;

describe.runIf(hasBoth)('several nodes on one PostgreSQL and one bucket', () => {
  let registry: OpenRegistry;
  let other: OpenNode;

  beforeAll(async () => {
    registry = await openRegistry({ engine: 'postgres', blobs: { kind: 's3', parameters: '' } });
    other = await registry.openNode();
    await registry.admin.createProject('team');
  }, 150_000);
  afterAll(async () => {
    await other?.stop();
    await registry?.close();
  });

  /** The address of an upload, at another node. */
  const at = (location: string) => new URL(location, registry.url).pathname;

  it('show each other at once what was pushed, moved and deleted', async () => {
    const [first, second] = [sampleImage(), sampleImage()];
    await registry.admin.pushImage(REPOSITORY, 'latest', first);
    expect((await other.admin.get(`/v2/${REPOSITORY}/manifests/latest`)).body).toEqual(first.bytes);
    await other.admin.pushImage(REPOSITORY, 'latest', second);
    expect((await registry.admin.get(`/v2/${REPOSITORY}/manifests/latest`)).body).toEqual(second.bytes);
    expect((await registry.admin.delete(`/v2/${REPOSITORY}/manifests/${digestOf(second.bytes)}`)).status).toBe(202);
    const gone = await other.admin.get(`/v2/${REPOSITORY}/manifests/latest`);
    expect([gone.status, errorCode(gone)]).toEqual([404, 'MANIFEST_UNKNOWN']);
  });

  it('refuse what a role gave that was removed: at the one that removed it at once, at the others within five seconds', async () => {
    const image = sampleImage();
    await registry.admin.pushImage(REPOSITORY, 'kept', image);
    const leaver = await registry.createUser('leaver');
    const body = JSON.stringify({ role_id: 3, member_user: { username: 'leaver' } });
    const type = { 'Content-Type': 'application/json' };
    const added = await registry.admin.post('/api/v2.0/projects/team/members', body, type);
    expect(added.status).toBe(201);
    const authorization = `Bearer ${await leaver.fetchToken(`scope=repository:${REPOSITORY}:pull`)}`;
    const pullAt = async (node: RegistryClient) =>
      (await node.with({ authorization }).get(`/v2/${REPOSITORY}/manifests/kept`)).status;
    expect([await pullAt(registry.admin), await pullAt(other.admin)]).toEqual([200, 200]);
    expect((await registry.admin.delete(added.headers.location ?? '')).status).toBe(200);
    expect(await pullAt(registry.admin)).toBe(401);
    await expect.poll(() => pullAt(other.admin), { timeout: 5_000, interval: 100 }).toBe(401);
  });

  it('continue any upload, whichever of them took the bytes before', async () => {
    const bytes = freshBytes(23 * MIB + 5);
    const cuts = [0, 3 * MIB, 3 * MIB + 1, 14 * MIB, bytes.length];
    const location = at(await registry.admin.startUpload(REPOSITORY));
    const both: readonly RegistryClient[] = [other.admin, registry.admin];
    for (const [index, start] of cuts.slice(0, -1).entries()) {
      const end = cuts[index + 1] ?? bytes.length;
      const range = { 'Content-Range': `${start}-${end - 1}` };
      const answer = await both[index % 2]?.patch(location, bytes.subarray(start, end), range);
      expect(answer?.status).toBe(202);
      expect((await both[(index + 1) % 2]?.get(location))?.headers.range).toBe(`0-${end - 1}`);
    }
    expect((await other.admin.put(`${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
    const read = await registry.admin.get(`/v2/${REPOSITORY}/blobs/${digestOf(bytes)}`);
    expect(read.body.equals(bytes)).toBe(true);
  });

  it('let one of two writers to an upload win, and the other is told', async () => {
    const bytes = freshBytes(2 * MIB);
    const location = at(await registry.admin.startUpload(REPOSITORY));
    const range = { 'Content-Range': `0-${bytes.length - 1}` };
    const answers = await Promise.all(
      [registry.admin, other.admin, registry.admin, other.admin].map((node) => node.patch(location, bytes, range)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 416, 416, 416]);
    expect((await other.admin.put(`${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
  });

  it('take the tokens that another has given', async () => {
    const token = await registry.admin.fetchToken(`scope=repository:${REPOSITORY}:pull`);
    const answer = await other.admin.get(`/v2/${REPOSITORY}/tags/list`, { Authorization: `Bearer ${token}` });
    expect(answer.status).toBe(200);
  });

  it('go on with an upload of one that is gone', async () => {
    const bytes = freshBytes(9 * MIB);
    const node = await registry.openNode();
    const location = at(await node.admin.startUpload(REPOSITORY));
    expect((await node.admin.patch(location, bytes.subarray(0, 8 * MIB + 17))).status).toBe(202);
    await node.stop();
    const rest = { 'Content-Range': `${8 * MIB + 17}-${bytes.length - 1}` };
    expect((await other.admin.patch(location, bytes.subarray(8 * MIB + 17), rest)).status).toBe(202);
    expect((await registry.admin.put(`${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
  });
});

describe.runIf(hasBoth)('a node that only answers requests', () => {
  let registry: OpenRegistry;

  beforeAll(async () => {
    registry = await openRegistry({
      engine: 'postgres',
      blobs: { kind: 's3', parameters: '' },
      env: { ROADSTEAD_ROLE: 'web' },
    });
  }, 150_000);
  afterAll(() => registry?.close());

  const queue = () =>
    registry.admin.post(`${MANAGEMENT_API}/garbage-collection/runs`, '{"mode":"dry-run"}', {
      'Content-Type': 'application/json',
    });

  it('leaves its work to a worker, which answers none', async () => {
    const begun = await queue();
    // Longer than a node that works needs to begin.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect((await registry.store.rows('jobs')).map(({ status }) => status)).not.toContain('success');
    const worker = await registry.openNode({ ROADSTEAD_ROLE: 'worker' });
    try {
      expect((await waitForExecution(registry.admin, begun)).status).toBe('success');
      expect((await worker.admin.get('/readyz')).status).toBe(200);
      for (const path of ['/v2/', '/api/v2.0/projects', '/service/token']) {
        expect((await worker.admin.get(path)).status, path).toBe(404);
      }
    } finally {
      await worker.stop();
    }
  });

  // It looks by itself every fifteen seconds.
  it('tells a worker of what it has queued, which begins then', async () => {
    const worker = await registry.openNode({ ROADSTEAD_ROLE: 'worker' });
    try {
      await waitForExecution(registry.admin, await queue());
      for (let turn = 0; turn < 4; turn += 1) {
        const { createdAt, startedAt } = await waitForExecution(registry.admin, await queue());
        expect(Date.parse(String(startedAt)) - Date.parse(String(createdAt))).toBeLessThan(5_000);
      }
    } finally {
      await worker.stop();
    }
  });
});
