import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { giveRole } from '../support/give-role.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { HarborCaller } from './harbor-caller.ts';

const items = (...ids: readonly string[]) => ids.map((cve_id) => ({ cve_id }));

describe.each(ENGINES)("a project's CVE allowlist on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let admin: RegistryClient;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    admin = registry.admin;
    await admin.createProject('team');
  });
  afterAll(() => registry.close());

  const get = async (name: string) => {
    const { json } = await harbor.call(admin, 'getProject', { params: { project_name_or_id: name } });
    return json;
  };
  const update = (cve_allowlist: unknown, client = admin, project_name_or_id = 'team') =>
    harbor.call(client, 'updateProject', { params: { project_name_or_id }, body: { cve_allowlist } });

  it('is empty first, set with the project or later, and shown in the project and in lists', async () => {
    const { project_id: id, cve_allowlist: empty } = await get('team');
    expect(empty).toMatchObject({ id, project_id: id, items: [] });
    const body = { project_name: 'born', cve_allowlist: { items: items('CVE-2021-44228'), expires_at: 1_900_000_000 } };
    expect((await harbor.call(admin, 'createProject', { body })).status).toBe(201);
    expect((await get('born')).cve_allowlist).toMatchObject(body.cve_allowlist);
    // As clients send it that were shown another one.
    const wanted = { id: 1, project_id: 1, items: items('CVE-1', ' GHSA-2 ') };
    expect((await update(wanted)).status).toBe(200);
    expect((await get('team')).cve_allowlist).toMatchObject({ id, project_id: id, items: items('CVE-1', 'GHSA-2') });
    expect((await get('team')).cve_allowlist.expires_at).toBeUndefined();
    const { json } = await harbor.call(admin, 'listProjects', { query: { sort: 'name' } });
    const shown = json.map(({ cve_allowlist: { items } }: { cve_allowlist: { items: unknown[] } }) => items.length);
    // Of `born`, `library` and `team`.
    expect(shown.filter((count: number) => count > 0)).toEqual([1, 2]);
  });

  it('stays where a change says nothing of it, and goes when it is empty', async () => {
    await update({ items: items('CVE-7'), expires_at: 1_900_000_001 });
    const params = { project_name_or_id: 'team' };
    const body = { metadata: { reuse_sys_cve_allowlist: 'false' } };
    expect((await harbor.call(admin, 'updateProject', { params, body })).status).toBe(200);
    expect((await update(null)).status).toBe(200);
    expect(await get('team')).toMatchObject({
      metadata: { reuse_sys_cve_allowlist: 'false' },
      cve_allowlist: { items: items('CVE-7'), expires_at: 1_900_000_001 },
    });
    expect((await update({})).status).toBe(200);
    expect((await get('team')).cve_allowlist).toMatchObject({ items: [] });
    const log = await admin.get('/api/roadstead/v1/audit/entries?kind=project.updated');
    expect(log.text).toContain('"cveIdsBefore":"CVE-7"');
  });

  it.each([
    ['an id twice', { items: items('CVE-1', 'CVE-1') }, 400],
    ['an empty id', { items: items(' ') }, 400],
    ['no id', { items: [{}] }, 400],
    ['a long id', { items: items('C'.repeat(129)) }, 400],
    ['an id with spaces', { items: items('CVE 1') }, 400],
    ['too many ids', { items: items(...Array.from({ length: 1_001 }, (_, at) => `CVE-${at}`)) }, 400],
    ['a text for a list', { items: 'CVE-1' }, 422],
    ['a text for an instant', { items: [], expires_at: 'soon' }, 422],
  ])('is refused with %s, and nothing changes', async (_, wanted, status) => {
    const before = await get('team');
    expect((await update(wanted)).status).toBe(status);
    const body = { project_name: 'unborn', cve_allowlist: wanted };
    expect((await harbor.call(admin, 'createProject', { body })).status).toBe(status);
    expect((await harbor.call(admin, 'headProject', { query: { project_name: 'unborn' } })).status).toBe(404);
    expect(await get('team')).toEqual(before);
  });

  it('is set by who may change the project', async () => {
    const [carol, lead] = [await registry.createUser('carol'), await registry.createUser('lead')];
    await giveRole(registry.store, 'lead', 'team', 'projectAdmin');
    const wanted = { items: items('CVE-9') };
    expect((await update(wanted, carol)).status).toBe(403);
    expect((await update(wanted, carol, 'nothing')).status).toBe(403);
    expect((await update(wanted, registry.anonymous)).status).toBe(401);
    expect((await get('team')).cve_allowlist.items).toEqual([]);
    expect((await update(wanted, lead)).status).toBe(200);
    expect((await get('team')).cve_allowlist.items).toEqual(wanted.items);
  });
});
