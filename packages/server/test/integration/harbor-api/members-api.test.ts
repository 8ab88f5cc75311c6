import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { HarborCaller } from './harbor-caller.ts';

describe.each(ENGINES)("Harbor's members on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let carol: RegistryClient;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    await registry.admin.createProject('team');
    carol = await registry.createUser('carol');
  });
  afterAll(async () => {
    console.info(`${harbor.count} answers as Harbor's contract has them`);
    await registry.close();
  });

  const inTeam = { project_name_or_id: 'team' };

  it('are made, read, changed and removed', async () => {
    const { admin } = registry;
    const body = { role_id: 2, member_user: { username: 'carol' }, member_group: null };
    const made = await harbor.call(admin, 'createProjectMember', { params: inTeam, body });
    expect(made.status).toBe(201);
    const mid = Number(made.headers.location?.split('/').at(-1));
    const params = { ...inTeam, mid };
    const { json } = await harbor.call(admin, 'getProjectMember', { params });
    expect(json).toMatchObject({ entity_name: 'carol', role_name: 'developer' });
    const again = await harbor.call(admin, 'createProjectMember', { params: inTeam, body });
    expect(again.status).toBe(409);
    expect((await harbor.call(admin, 'updateProjectMember', { params, body: { role_id: 4 } })).status).toBe(200);
    expect((await harbor.call(carol, 'listProjectMembers', { params: inTeam })).json).toHaveLength(2);
    expect((await harbor.call(carol, 'deleteProjectMember', { params })).status).toBe(403);
    expect((await harbor.call(registry.anonymous, 'deleteProjectMember', { params })).status).toBe(401);
    expect((await harbor.call(admin, 'deleteProjectMember', { params })).status).toBe(200);
    expect((await harbor.call(admin, 'deleteProjectMember', { params })).status).toBe(404);
  });

  it.each([{ page: 0 }, { page_size: 101 }, { page_size: '1e2' }, { page: 'x' }])('have no page %o', async (query) => {
    const answer = await harbor.call(registry.admin, 'listProjectMembers', { params: inTeam, query });
    expect(answer.status).toBe(422);
  });
});
