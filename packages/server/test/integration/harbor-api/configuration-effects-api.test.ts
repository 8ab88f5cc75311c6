import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { sampleImage } from '../support/sample-content.ts';
import { HarborCaller } from './harbor-caller.ts';

const DAY_SECONDS = 86_400;
const NEVER = '0001-01-01T00:00:00.000Z';

describe.each(ENGINES)("what Harbor's configuration does on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let carol: RegistryClient;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    carol = await registry.createUser('carol');
    await registry.admin.createProject('team');
  });
  afterAll(() => registry.close());

  const configure = async (body: object) => {
    const answer = await harbor.call(registry.admin, 'updateConfigurations', { body });
    expect([answer.status, answer.text]).toEqual([200, '']);
  };
  const createRobot = async (name: string) => {
    const permissions = [{ kind: 'project', namespace: 'team', access: [{ resource: 'repository', action: 'pull' }] }];
    const body = { name, level: 'system', permissions };
    const { status, json } = await harbor.call(registry.admin, 'CreateRobot', { body });
    expect(status).toBe(201);
    return json;
  };
  const pull = async (repository: string) => {
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    expect((await registry.admin.get(`/v2/team/${repository}/manifests/v1`, { accept })).status).toBe(200);
  };
  const lookAt = async (repository: string) => {
    const params = { project_name: 'team', repository_name: repository };
    const { json: counted } = await harbor.call(registry.admin, 'getRepository', { params });
    const { json: noted } = await harbor.call(registry.admin, 'getArtifact', {
      params: { ...params, reference: 'v1' },
    });
    return { count: counted.pull_count, isNoted: noted.pull_time !== NEVER };
  };

  it('project_creation_restriction: who makes projects', async () => {
    const create = (project_name: string) => harbor.call(carol, 'createProject', { body: { project_name } });
    await configure({ project_creation_restriction: 'adminonly' });
    expect((await create('theirs')).status).toBe(403);
    await configure({ project_creation_restriction: 'everyone' });
    expect((await create('theirs')).status).toBe(201);
  });

  it('robot_name_prefix: what robots are called', async () => {
    await configure({ robot_name_prefix: 'machine-' });
    expect((await createRobot('prefixed')).name).toBe('machine-prefixed');
    await configure({ robot_name_prefix: 'robot$' });
  });

  it('robot_token_duration: how long robots live', async () => {
    await configure({ robot_token_duration: 3 });
    const { expires_at, creation_time } = await createRobot('short');
    const days = (expires_at - Date.parse(creation_time) / 1000) / DAY_SECONDS;
    expect(Math.abs(days - 3)).toBeLessThan(0.01);
    await configure({ robot_token_duration: -1 });
    expect((await createRobot('for-ever')).expires_at).toBe(-1);
    await configure({ robot_token_duration: 30 });
  });

  it.each([
    { key: 'pull_time_update_disable', kept: { count: 1, isNoted: false } },
    { key: 'pull_count_update_disable', kept: { count: 0, isNoted: true } },
  ])('$key: what is kept of pulls', async ({ key, kept }) => {
    const [repository, other] = [key.replaceAll('_', '-'), `${key.replaceAll('_', '-')}-on`];
    await registry.admin.pushImage(`team/${other}`, 'v1', sampleImage());
    await registry.admin.pushImage(`team/${repository}`, 'v1', sampleImage());
    await configure({ [key]: true });
    await pull(repository);
    // Pulls are noted a little later, each kind on its own; what is to be there shows that the time has come.
    await expect.poll(() => lookAt(repository), { timeout: 20_000, interval: 200 }).toEqual(kept);
    await pull(repository);
    await configure({ [key]: false });
    await pull(other);
    await expect.poll(() => lookAt(other), { timeout: 20_000, interval: 200 }).toEqual({ count: 1, isNoted: true });
  });

  it('pull_audit_log_disable: whether pulls are recorded', async () => {
    const recorded = async () => {
      const query = { q: 'operation=pull,resource_type=artifact', page_size: 100 };
      const { json } = await harbor.call(registry.admin, 'listAuditLogExts', { query });
      return json.filter(({ resource }: { resource: string }) => resource.includes('recorded')).length;
    };
    await registry.admin.pushImage('team/recorded', 'v1', sampleImage());
    await configure({ pull_audit_log_disable: false });
    await pull('recorded');
    await expect.poll(recorded, { timeout: 20_000, interval: 200 }).toBe(1);
    await configure({ pull_audit_log_disable: true });
    await pull('recorded');
    await configure({ pull_audit_log_disable: false });
    await pull('recorded');
    await expect.poll(recorded, { timeout: 20_000, interval: 200 }).toBe(2);
  });
});
