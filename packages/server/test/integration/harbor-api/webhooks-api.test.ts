import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { HarborCaller } from './harbor-caller.ts';

const MISSING = 999_999;
const JSON_TYPE = { 'Content-Type': 'application/json' };
const HTTP = { type: 'http', address: 'https://hooks.example.com/a?token=b' };
const policy = (name: string, more: object = {}) => ({
  name,
  targets: [HTTP],
  event_types: ['PUSH_ARTIFACT'],
  enabled: true,
  ...more,
});
const to = (...targets: object[]) => ({ targets });

describe.each(ENGINES)("Harbor's webhooks on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let outsider: RegistryClient;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    outsider = await registry.createUser('outsider');
    for (const name of ['hooked', 'other', 'listed']) await registry.admin.createProject(name);
  });
  afterAll(async () => {
    console.info(`${harbor.count} answers as Harbor's contract has them`);
    await registry.close();
  });

  const at = (project: string, more: object = {}) => ({ project_name_or_id: project, ...more });
  const call = (id: string, more: Parameters<HarborCaller['call']>[2] = {}) => harbor.call(registry.admin, id, more);
  const create = async (project: string, name: string, more: object = {}): Promise<number> => {
    const body = policy(name, more);
    const made = await call('CreateWebhookPolicyOfProject', { params: at(project), body });
    expect([made.status, made.text]).toEqual([201, '']);
    return Number(made.headers.location?.split('/').at(-1));
  };
  /** Statuses that Harbor's document does not have of these. */
  const send = async (method: 'POST' | 'PUT', path: string, body: object) =>
    (
      await registry.admin.send(`/api/v2.0/projects/${path}`, {
        method,
        headers: JSON_TYPE,
        body: JSON.stringify(body),
      })
    ).status;

  it('are made, read, changed and deleted', async () => {
    const targets = [
      { ...HTTP, auth_header: 'Bearer of-a', skip_cert_verify: true, payload_format: 'CloudEvents' },
      { type: 'slack', address: 'https://hooks.slack.example/services/1' },
    ];
    const id = await create('hooked', 'full', { description: 'tells two', targets });
    const params = at('hooked', { webhook_policy_id: id });
    const { json } = await call('GetWebhookPolicyOfProject', { params });
    expect(json).toMatchObject({
      id,
      name: 'full',
      description: 'tells two',
      targets: [
        { ...targets[0], auth_header: '*****' },
        { ...targets[1], auth_header: '', skip_cert_verify: false },
      ],
      event_types: ['PUSH_ARTIFACT'],
      creator: 'admin',
      enabled: true,
    });
    expect(json.targets[1].payload_format).toBeUndefined();
    expect(await send('POST', 'hooked/webhook/policies', policy('full'))).toBe(409);
    expect((await call('UpdateWebhookPolicyOfProject', { params, body: { ...json, name: 'turned' } })).status).toBe(
      200,
    );
    const kept = (await call('GetWebhookPolicyOfProject', { params })).json;
    expect(kept).toMatchObject({ name: 'turned', targets: json.targets });
    await create('hooked', 'beside');
    expect(await send('PUT', `hooked/webhook/policies/${id}`, { ...json, name: 'beside' })).toBe(409);
    expect((await call('DeleteWebhookPolicyOfProject', { params })).status).toBe(200);
    for (const operation of ['GetWebhookPolicyOfProject', 'DeleteWebhookPolicyOfProject']) {
      expect((await call(operation, { params })).status).toBe(404);
    }
    expect((await call('UpdateWebhookPolicyOfProject', { params, body: policy('again') })).status).toBe(404);
  });

  it('take a header for its own address alone', async () => {
    const hidden = { auth_header: '*****' };
    const refused = { params: at('hooked'), body: policy('hidden', to({ ...HTTP, ...hidden })) };
    expect((await call('CreateWebhookPolicyOfProject', refused)).status).toBe(400);
    const id = await create('hooked', 'headed', to({ ...HTTP, auth_header: 'Bearer of-b' }));
    const params = at('hooked', { webhook_policy_id: id });
    const change = async (...targets: object[]) =>
      (await call('UpdateWebhookPolicyOfProject', { params, body: policy('headed', { targets }) })).status;
    expect(await change({ ...HTTP, ...hidden })).toBe(200);
    expect(await change({ ...HTTP, ...hidden, address: 'https://elsewhere.example/a?token=b' })).toBe(400);
    expect(await change({ ...HTTP, ...hidden, skip_cert_verify: true })).toBe(400);
    expect(await change({ ...HTTP, address: 'https://first.example/' }, { ...HTTP, ...hidden })).toBe(200);
    expect(await change({ ...HTTP, auth_header: 'Bearer of-c' })).toBe(200);
    expect(await change(HTTP)).toBe(200);
    expect((await call('GetWebhookPolicyOfProject', { params })).json.targets[0].auth_header).toBe('');
    expect(await change({ ...HTTP, ...hidden })).toBe(400);
  });

  it.each<[string, object]>([
    ['no name', { name: '' }],
    ['a long name', { name: 'n'.repeat(257) }],
    ['no target', { targets: [] }],
    ['17 targets', { targets: Array.from({ length: 17 }, () => HTTP) }],
    ['no event', { event_types: [] }],
    ['an event that there is not', { event_types: ['PUSH_ARTIFACT', 'PUSH'] }],
    ['another type', to({ ...HTTP, type: 'mail' })],
    ['no type', to({ address: HTTP.address })],
    ['a type of every object', to({ ...HTTP, type: 'constructor' })],
    ['a format for slack', to({ ...HTTP, type: 'slack', payload_format: 'Default' })],
    ['another format', to({ ...HTTP, payload_format: 'XML' })],
    ['no address', to({ type: 'http' })],
    ['an address that is none', to({ type: 'http', address: 'hooks' })],
    ['an address of a file', to({ type: 'http', address: 'file:///etc/passwd' })],
    ['credentials in the address', to({ type: 'http', address: 'https://a:b@hooks.example.com/' })],
    ['a header of two lines', to({ ...HTTP, auth_header: 'a\r\nb: c' })],
    ['a long header', to({ ...HTTP, auth_header: 'a'.repeat(1_025) })],
  ])('are refused with %s', async (_what, more) => {
    const body = policy('refused', more);
    const answer = await call('CreateWebhookPolicyOfProject', { params: at('hooked'), body });
    expect([answer.status, answer.json.errors[0].code]).toEqual([400, 'BAD_REQUEST']);
    const id = await create('other', `refuses-${Math.random()}`);
    const params = at('other', { webhook_policy_id: id });
    expect((await call('UpdateWebhookPolicyOfProject', { params, body })).status).toBe(400);
  });

  it.each<[string, object]>([
    ['targets that are no list', { targets: HTTP }],
    ['a number for a name', { name: 7 }],
    ['a text for a flag', { enabled: 'yes' }],
  ])('are refused in another shape: %s', async (_what, more) => {
    const body = policy('refused', more);
    expect((await call('CreateWebhookPolicyOfProject', { params: at('hooked'), body })).status).toBe(422);
  });

  it('are listed by pages, filtered and sorted', async () => {
    for (const name of ['b', 'a', 'c']) await create('listed', name, { enabled: name !== 'b' });
    const list = async (query: Readonly<Record<string, string | number>>) => {
      const { json, headers } = await call('ListWebhookPoliciesOfProject', { params: at('listed'), query });
      return { names: json.map((each: { name: string }) => each.name), headers };
    };
    const all = await list({});
    expect([all.names.toSorted(), all.headers['x-total-count']]).toEqual([['a', 'b', 'c'], '3']);
    expect((await list({ sort: 'name', page_size: 2 })).names).toEqual(['a', 'b']);
    expect((await list({ sort: 'name', page_size: 2, page: 2 })).names).toEqual(['c']);
    expect((await list({ sort: '-name', q: 'enabled=true' })).names).toEqual(['c', 'a']);
    expect((await list({ q: 'name=b' })).names).toEqual(['b']);
    expect((await list({ q: 'creator=nobody' })).names).toEqual([]);
    // What is hidden is no column.
    expect((await list({ q: 'auth_headers=x', sort: 'name' })).names).toEqual(['a', 'b', 'c']);
    const params = { params: at('listed'), query: { q: 'name' } };
    expect((await call('ListWebhookPoliciesOfProject', params)).status).toBe(400);
    const sorted = { params: at('listed'), query: { sort: 'auth_headers' } };
    expect((await call('ListWebhookPoliciesOfProject', sorted)).status).toBe(400);
  });

  it('tell what they tell of, and that nothing was told yet', async () => {
    const { json } = await call('GetSupportedEventTypes', { params: at('hooked') });
    expect(json.event_type).toHaveLength(10);
    expect(json.notify_type).toEqual(['http', 'slack']);
    expect(json.payload_formats).toEqual([
      { notify_type: 'http', formats: ['Default', 'CloudEvents'] },
      { notify_type: 'slack', formats: ['Default'] },
    ]);
    await registry.admin.createProject('quiet');
    expect((await call('LastTrigger', { params: at('quiet') })).json).toEqual([]);
    const id = await create('quiet', 'two', { event_types: ['PUSH_ARTIFACT', 'QUOTA_EXCEED', 'PUSH_ARTIFACT'] });
    const { json: last } = await call('LastTrigger', { params: at('quiet') });
    expect(last).toMatchObject([
      { policy_name: 'two', event_type: 'PUSH_ARTIFACT', enabled: true },
      { policy_name: 'two', event_type: 'QUOTA_EXCEED', enabled: true },
    ]);
    expect(last[0].last_trigger_time).toBeUndefined();
    const params = at('quiet', { webhook_policy_id: id });
    for (const query of [{}, { q: 'status=Success' }, { q: 'status=None', sort: '-start_time' }, { page: 2 }]) {
      const { json: runs, headers } = await call('ListExecutionsOfWebhookPolicy', { params, query });
      expect([runs, headers['x-total-count']]).toEqual([[], '0']);
      const jobs = await call('ListWebhookJobs', { params: at('quiet'), query: { ...query, policy_id: id } });
      expect([jobs.json, jobs.headers['x-total-count']]).toEqual([[], '0']);
    }
    const execution = { ...params, execution_id: MISSING };
    expect((await call('ListTasksOfWebhookExecution', { params: execution })).status).toBe(404);
    expect((await call('GetLogsOfWebhookTask', { params: { ...execution, task_id: 1 } })).status).toBe(404);
    const sorted = { params, query: { sort: 'secret' } };
    expect((await call('ListExecutionsOfWebhookPolicy', sorted)).status).toBe(400);
    expect((await registry.admin.get('/api/v2.0/projects/quiet/webhook/jobs')).status).toBe(422);
  });

  it('are those of one project: others have as good as none', async () => {
    const id = await create('hooked', 'mine');
    const calls = ['GetWebhookPolicyOfProject', 'DeleteWebhookPolicyOfProject', 'ListExecutionsOfWebhookPolicy'];
    for (const operation of calls) {
      const foreign = await call(operation, { params: at('other', { webhook_policy_id: id }) });
      const missing = await call(operation, { params: at('other', { webhook_policy_id: MISSING }) });
      expect([foreign.status, foreign.text]).toEqual([404, missing.text]);
    }
    const params = at('other', { webhook_policy_id: id });
    expect((await call('UpdateWebhookPolicyOfProject', { params, body: policy('mine') })).status).toBe(404);
    const jobs = await registry.admin.get(`/api/v2.0/projects/other/webhook/jobs?policy_id=${id}`);
    expect(jobs.status).toBe(404);
  });

  it('are for who may see and set them', async () => {
    const id = await create('hooked', 'guarded');
    const params = at('hooked', { webhook_policy_id: id });
    const execution = { ...params, execution_id: 1 };
    const calls: readonly (readonly [string, object])[] = [
      ['ListWebhookPoliciesOfProject', { params: at('hooked') }],
      ['CreateWebhookPolicyOfProject', { params: at('hooked'), body: policy('more') }],
      ['GetWebhookPolicyOfProject', { params }],
      ['UpdateWebhookPolicyOfProject', { params, body: policy('more') }],
      ['DeleteWebhookPolicyOfProject', { params }],
      ['ListExecutionsOfWebhookPolicy', { params }],
      ['ListTasksOfWebhookExecution', { params: execution }],
      ['GetLogsOfWebhookTask', { params: { ...execution, task_id: 1 } }],
      ['LastTrigger', { params: at('hooked') }],
      ['GetSupportedEventTypes', { params: at('hooked') }],
      ['ListWebhookJobs', { params: at('hooked'), query: { policy_id: id } }],
    ];
    for (const [operation, more] of calls) {
      expect([operation, (await harbor.call(outsider, operation, more)).status]).toEqual([operation, 403]);
      expect([operation, (await harbor.call(registry.anonymous, operation, more)).status]).toEqual([operation, 401]);
      const { params: named } = more as { params: object };
      const nowhere = { ...more, params: { ...named, project_name_or_id: 'nowhere' } };
      expect([operation, (await harbor.call(outsider, operation, nowhere)).status]).toEqual([operation, 403]);
      expect([operation, (await harbor.call(registry.admin, operation, nowhere)).status]).toEqual([operation, 404]);
    }
  });
});
