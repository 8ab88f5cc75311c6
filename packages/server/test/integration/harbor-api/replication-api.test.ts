import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { ADMIN, type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { HarborCaller } from './harbor-caller.ts';

describe.each(ENGINES)("Harbor's replication on %s", (engine) => {
  let registry: OpenRegistry;
  let other: OpenRegistry;
  let harbor: HarborCaller;
  let carol: RegistryClient;
  let registryId: number;
  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_EGRESS_ALLOW: '127.0.0.0/8' } });
    other = await openRegistry();
    harbor = await HarborCaller.open();
    carol = await registry.createUser('carol');
    const credential = { type: 'basic', access_key: ADMIN.username, access_secret: ADMIN.password };
    const body = { name: 'other', type: 'docker-registry', url: other.url, credential };
    const made = await harbor.call(registry.admin, 'createRegistry', { body });
    registryId = Number(made.headers.location?.split('/').at(-1));
  });
  afterAll(async () => {
    console.info(`${harbor.count} answers as Harbor's contract has them`);
    await other.close();
    await registry.close();
  });

  const push = (name: string, more: object = {}) => ({
    name,
    dest_registry: { id: registryId },
    src_registry: null,
    trigger: { type: 'manual' },
    enabled: true,
    ...more,
  });
  const create = async (name: string, more: object = {}): Promise<number> => {
    const made = await harbor.call(registry.admin, 'createReplicationPolicy', { body: push(name, more) });
    expect(made.text).toBe('');
    expect(made.status).toBe(201);
    return Number(made.headers.location?.split('/').at(-1));
  };

  it('policies are made, read, changed and deleted', async () => {
    const { admin } = registry;
    const full = {
      description: 'to the other one',
      dest_namespace: 'mirror/team',
      dest_namespace_replace_count: 1,
      trigger: { type: 'scheduled', trigger_settings: { cron: '0 0 2 * * *' } },
      filters: [
        { type: 'name', value: 'team/**' },
        { type: 'tag', value: 'v*', decoration: 'excludes' },
        { type: 'label', value: ['released'], decoration: 'matches' },
        { type: 'resource', value: 'image' },
      ],
      replicate_deletion: true,
      override: true,
      speed: 1_024,
      copy_by_chunk: true,
      single_active_replication: true,
    };
    const id = await create('full', full);
    const params = { id };
    const { json } = await harbor.call(admin, 'getReplicationPolicy', { params });
    expect(json).toMatchObject({
      ...full,
      id,
      deletion: true,
      enabled: true,
      src_registry: { id: 0, name: 'Local' },
      dest_registry: { id: registryId, name: 'other', credential: { access_secret: '*****' } },
    });
    expect((await harbor.call(admin, 'createReplicationPolicy', { body: push('full') })).status).toBe(409);
    const pull = { name: 'turned', src_registry: { id: registryId }, dest_registry: { id: 0 }, deletion: true };
    expect((await harbor.call(admin, 'updateReplicationPolicy', { params, body: pull })).status).toBe(200);
    const changed = await harbor.call(admin, 'getReplicationPolicy', { params });
    expect(changed.json).toMatchObject({
      name: 'turned',
      src_registry: { id: registryId },
      dest_registry: { id: 0 },
      replicate_deletion: true,
      enabled: false,
      filters: [],
      trigger: { type: 'manual' },
    });
    const inUse = await harbor.call(admin, 'deleteRegistry', { params: { id: registryId } });
    expect([inUse.status, inUse.json.errors[0].code]).toEqual([412, 'PRECONDITION']);
    expect((await harbor.call(admin, 'deleteReplicationPolicy', { params })).status).toBe(200);
    expect((await harbor.call(admin, 'deleteReplicationPolicy', { params })).status).toBe(404);
    expect((await harbor.call(admin, 'getReplicationPolicy', { params })).status).toBe(404);
    expect((await harbor.call(admin, 'updateReplicationPolicy', { params, body: pull })).status).toBe(404);
  });

  const trigger = (cron?: string) => ({ trigger: { type: 'scheduled', trigger_settings: { cron } } });
  it.each<[string, object]>([
    ['no name', { name: '' }],
    ['no registry', { dest_registry: null }],
    ['two registries', { src_registry: { id: 1 } }],
    ['a registry that is not there', { dest_registry: { id: 999_999 } }],
    ['another trigger', { trigger: { type: 'sometimes' } }],
    ['a schedule without a time', trigger()],
    ['a schedule that is none', trigger('often')],
    ['five fields', trigger('0 2 * * *')],
    ['another second', trigger('1 0 2 * * *')],
    ['every second', trigger('* 0 2 * * *')],
    ['every minute', trigger('0 * * * * *')],
    ['every other minute', trigger('0 */2 * * * *')],
    ['a pull by events', { dest_registry: null, src_registry: { id: 1 }, trigger: { type: 'event_based' } }],
    ['a name with a decoration', { filters: [{ type: 'name', value: 'a', decoration: 'matches' }] }],
    ['a resource with a decoration', { filters: [{ type: 'resource', value: 'image', decoration: 'matches' }] }],
    ['another decoration', { filters: [{ type: 'tag', value: 'a', decoration: 'likes' }] }],
    ['another filter', { filters: [{ type: 'colour', value: 'a' }] }],
    ['another resource', { filters: [{ type: 'resource', value: 'chart' }] }],
    ['labels that are no list', { filters: [{ type: 'label', value: 'a' }] }],
    ['labels that are no names', { filters: [{ type: 'label', value: [1] }] }],
    ['a tag that is a list', { filters: [{ type: 'tag', value: ['a'] }] }],
    ['a filter without a value', { filters: [{ type: 'tag' }] }],
    ['a namespace that is none', { dest_namespace: 'Team!' }],
    ['a count below -1', { dest_namespace_replace_count: -2 }],
    ['a speed below -1', { speed: -2 }],
  ])('policies are refused with %s', async (_what, more) => {
    const body = push('refused', more);
    expect((await harbor.call(registry.admin, 'createReplicationPolicy', { body })).status).toBe(400);
  });

  it('policies are listed by pages, filtered and sorted', async () => {
    for (const name of ['list-b', 'list-a', 'list-c']) await create(name, { enabled: name !== 'list-b' });
    const list = async (query: Readonly<Record<string, string | number>>) => {
      const { json, headers } = await harbor.call(registry.admin, 'listReplicationPolicies', { query });
      return { names: json.map((each: { name: string }) => each.name), headers };
    };
    const all = await list({ name: 'LIST-' });
    expect([all.names.length, all.headers['x-total-count']]).toEqual([3, '3']);
    expect((await list({ q: 'name=~list-', sort: 'name', page_size: 2 })).names).toEqual(['list-a', 'list-b']);
    expect((await list({ q: 'name=~list-', sort: 'name', page_size: 2, page: 2 })).names).toEqual(['list-c']);
    expect((await list({ q: 'name=~list-,enabled=true', sort: '-name' })).names).toEqual(['list-c', 'list-a']);
    expect((await list({ q: `name=list-a,dest_registry_id=${registryId}` })).names).toEqual(['list-a']);
    expect((await list({ q: 'name=list-a,src_registry_id=1' })).names).toEqual([]);
    expect((await registry.admin.get('/api/v2.0/replication/policies?sort=filters')).status).toBe(400);
  });

  it('does not run yet, and says so', async () => {
    const { admin } = registry;
    const start = async (policy_id?: number) =>
      harbor.call(admin, 'startReplication', { body: policy_id === undefined ? {} : { policy_id } });
    const answer = await start(await create('ready'));
    expect(answer.status).toBe(412);
    expect(answer.json.errors[0]).toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringContaining('replication is not there yet'),
    });
    const disabled = await start(await create('disabled', { enabled: false }));
    expect([disabled.status, disabled.json.errors[0].message]).toEqual([412, expect.stringContaining('disabled')]);
    expect((await start(999_999)).status).toBe(404);
    expect((await start()).status).toBe(404);
  });

  it('has no executions', async () => {
    const { admin } = registry;
    const queries = [
      {},
      { policy_id: 1 },
      { status: 'Succeed', trigger: 'manual' },
      { status: 'other' },
      { sort: '-id' },
    ];
    for (const query of queries) {
      const { json, headers } = await harbor.call(admin, 'listReplicationExecutions', { query });
      expect([json, headers['x-total-count']]).toEqual([[], '0']);
    }
    const params = { id: 1, task_id: 1 };
    for (const id of ['getReplicationExecution', 'stopReplication', 'listReplicationTasks', 'getReplicationLog']) {
      expect([id, (await harbor.call(admin, id, { params })).status]).toEqual([id, 404]);
    }
  });

  it('is for administrators', async () => {
    const params = { id: 1, task_id: 1 };
    const calls: readonly (readonly [string, object])[] = [
      ['listReplicationPolicies', {}],
      ['createReplicationPolicy', { body: push('mine') }],
      ['getReplicationPolicy', { params }],
      ['updateReplicationPolicy', { params, body: push('mine') }],
      ['deleteReplicationPolicy', { params }],
      ['listReplicationExecutions', {}],
      ['startReplication', { body: { policy_id: 1 } }],
      ['getReplicationExecution', { params }],
      ['stopReplication', { params }],
      ['listReplicationTasks', { params }],
      ['getReplicationLog', { params }],
    ];
    for (const [id, call] of calls) {
      expect([id, (await harbor.call(carol, id, call)).status]).toEqual([id, 403]);
      expect([id, (await harbor.call(registry.anonymous, id, call)).status]).toEqual([id, 401]);
    }
  });
});
