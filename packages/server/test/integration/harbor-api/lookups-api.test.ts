import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { sampleImage } from '../support/sample-content.ts';
import { HarborCaller } from './harbor-caller.ts';

const IMAGE = sampleImage();
const IMAGE_BYTES = IMAGE.bytes.length + IMAGE.blobs.reduce((sum, blob) => sum + blob.length, 0);

describe.each(ENGINES)("Harbor's search and statistics on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let carol: RegistryClient;
  let guest: RegistryClient;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    const { admin } = registry;
    carol = await registry.createUser('carol');
    guest = await registry.createUser('guest');
    await admin.createProject('secret-team');
    await admin.createProject('open-team', true);
    await admin.createProject('empty');
    for (const name of ['secret-team/app', 'secret-team/app/deep', 'secret-team/100_percent', 'open-team/app-base']) {
      await admin.pushImage(name, 'v1', IMAGE);
    }
    const body = { role_id: 3, member_user: { username: 'guest' } };
    await harbor.call(admin, 'createProjectMember', { params: { project_name_or_id: 'secret-team' }, body });
  });
  afterAll(() => registry?.close());

  const search = (q: string, client = registry.admin) => harbor.call(client, 'search', { query: { q } });
  const found = async (q: string, client = registry.admin) => {
    const { status, json } = await search(q, client);
    expect(status).toBe(200);
    return {
      projects: json.project.map(({ name }: { name: string }) => name),
      repositories: json.repository.map(({ repository_name: name }: { repository_name: string }) => name),
    };
  };

  describe('a search', () => {
    it.each([
      ['deep', [], ['secret-team/app/deep']],
      ['APP', [], ['open-team/app-base', 'secret-team/app', 'secret-team/app/deep']],
      ['EMPT', ['empty'], []],
      ['open-', ['open-team'], ['open-team/app-base']],
      ['100_p', [], ['secret-team/100_percent']],
      ['app_base', [], []],
      ['%', [], []],
      ["'; drop table projects; --", [], []],
      ['nothing-like-this', [], []],
    ])('for %s', async (q, projects, repositories) => {
      expect(await found(q)).toEqual({ projects, repositories });
    });

    it('says what a repository is', async () => {
      const { json } = await search('app-base');
      expect(json.repository).toEqual([
        {
          project_id: expect.any(Number),
          project_name: 'open-team',
          project_public: true,
          repository_name: 'open-team/app-base',
          pull_count: 0,
          artifact_count: 1,
        },
      ]);
      const [project] = (await search('secret-te')).json.project;
      expect(project).toMatchObject({ repo_count: 3, metadata: { public: 'false' }, owner_name: 'admin' });
    });

    it('shows what somebody may see, and no more', async () => {
      const open = { projects: ['open-team'], repositories: ['open-team/app-base'] };
      expect(await found('team', registry.anonymous)).toEqual(open);
      expect(await found('team', carol)).toEqual(open);
      const all = await found('team', guest);
      expect(all.projects).toEqual(['open-team', 'secret-team']);
      expect(all.repositories).toHaveLength(4);
    });

    it('shows the repositories of a project that somebody has a role on', async () => {
      const dave = await registry.createUser('dave');
      const body = { role_id: 3, member_user: { username: 'dave' }, repositories: 'app' };
      const params = { project_name_or_id: 'secret-team' };
      await harbor.call(registry.admin, 'createProjectMember', { params, body });
      expect((await found('secret-team', dave)).repositories).toEqual(['secret-team/app']);
    });

    it('needs what to search for', async () => {
      expect((await harbor.call(registry.admin, 'search')).status).toBe(422);
      expect((await search('')).status).toBe(422);
    });
  });

  describe('statistics', () => {
    const statistics = async (client: RegistryClient) => (await harbor.call(client, 'getStatistic')).json;

    it('tell administrators of everything', async () => {
      const told = await statistics(registry.admin);
      expect(told).toMatchObject({ public_repo_count: 1, private_repo_count: 3, total_repo_count: 4 });
      expect(told.total_project_count).toBe(told.public_project_count + told.private_project_count);
      // Both projects hold the same image.
      expect(told.total_storage_consumption).toBe(2 * IMAGE_BYTES);
    });

    it('tell members of what they may see', async () => {
      const told = await statistics(guest);
      expect(told).toMatchObject({ private_project_count: 1, public_repo_count: 1, private_repo_count: 3 });
      expect(told.total_project_count).toBeUndefined();
      expect(told.total_storage_consumption).toBeUndefined();
    });

    it('tell others of what is public', async () => {
      expect(await statistics(carol)).toMatchObject({ private_project_count: 0, private_repo_count: 0 });
    });

    it('are for who is signed in', async () => {
      expect((await harbor.call(registry.anonymous, 'getStatistic')).status).toBe(401);
    });

    it('follow what is made and deleted', async () => {
      const before = await statistics(registry.admin);
      await registry.admin.createProject('passing', true);
      const during = await statistics(registry.admin);
      expect(during.public_project_count).toBe(before.public_project_count + 1);
      await harbor.call(registry.admin, 'deleteProject', { params: { project_name_or_id: 'passing' } });
      expect(await statistics(registry.admin)).toEqual(before);
    });

    it('count a repository while it holds something', async () => {
      const before = await statistics(carol);
      await registry.admin.pushImage('open-team/passing', 'v1', IMAGE);
      expect((await statistics(carol)).public_repo_count).toBe(before.public_repo_count + 1);
      const params = { project_name: 'open-team', repository_name: 'passing' };
      await harbor.call(registry.admin, 'deleteRepository', { params });
      expect(await statistics(carol)).toEqual(before);
    });
  });

  it('a search shows 500 projects at most', async () => {
    const { database } = registry.store;
    const at = Date.now();
    const rows = Array.from({ length: 501 }, (_, number) => ({
      ...{ name: `many-${number}`, is_public: 0, is_internal: 0, owner_id: 1, created_at: at, updated_at: at },
    }));
    await database.write((tx) => tx.insertInto('projects').values(rows).execute());
    const startedAt = performance.now();
    const { projects } = await found('many-');
    expect(projects).toHaveLength(500);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
