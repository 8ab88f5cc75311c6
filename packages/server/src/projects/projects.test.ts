import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../test/in-process/test-database.ts';
import { openTestIdentity, START_MS, type TestIdentity } from '../../test/in-process/test-identity.ts';
import { ANONYMOUS } from '../kernel/principal.ts';
import { createProjects, type Projects } from './projects.ts';

describe.each(ENGINES)('projects on %s', (engine) => {
  let test: TestIdentity;
  let projects: Projects;
  beforeEach(async () => {
    test = await openTestIdentity(engine);
    projects = createProjects({ database: test.database, clock: test.clock });
  });
  afterEach(() => test.close());

  const create = (name: string, isPublic = false) => projects.create({ name, isPublic, actor: test.actor });
  const journal = () =>
    test.database.reader
      .selectFrom('journal')
      .select(['kind', 'project_id', 'actor', 'detail'])
      .orderBy('id')
      .execute();

  /** Rows as a push leaves them; content has its own tests. */
  async function pushInto(projectId: number, repository: string, withManifest: boolean): Promise<void> {
    await test.database.write(async (tx) => {
      const times = { created_at: START_MS, updated_at: START_MS };
      const { id: repository_id } = await tx
        .insertInto('repositories')
        .values({ project_id: projectId, name: repository, ...times })
        .returning('id')
        .executeTakeFirstOrThrow();
      const { id: blob_id } = await tx
        .insertInto('blobs')
        .values({ size: 1, storage_key: repository, encoding: 'plain', key_id: null, created_at: START_MS })
        .returning('id')
        .executeTakeFirstOrThrow();
      await tx.insertInto('repository_blobs').values({ repository_id, blob_id, linked_at: START_MS }).execute();
      await tx
        .insertInto('tag_history')
        .values({ repository_id, name: 'gone', digest: null, at: START_MS, actor: 'user:1' })
        .execute();
      await tx
        .insertInto('uploads')
        .values({
          id: repository,
          project_id: projectId,
          repository,
          principal: 'user:1',
          algorithm: 'sha256',
          size: 0,
          state: '{}',
          created_at: START_MS,
          expires_at: START_MS + 1e9,
        })
        .execute();
      if (!withManifest) return;
      await tx
        .insertInto('manifests')
        .values({
          repository_id,
          digest: Buffer.alloc(33),
          media_type: 'x',
          kind: 'image',
          artifact_type: null,
          subject_digest: null,
          annotations: '{}',
          size: 1,
          created_at: START_MS,
          pushed_by: 'user:1',
          bytes: Buffer.alloc(1),
        })
        .execute();
    });
  }

  it('are made with one journal entry, and found by name and by id', async () => {
    const project = await create('library', true);
    expect(project).toEqual({
      id: expect.any(Number),
      name: 'library',
      isPublic: true,
      isInternal: false,
      ownerId: test.administrator.id,
      createdAt: START_MS,
      updatedAt: START_MS,
    });
    expect(await projects.find('library')).toEqual(project);
    expect(await projects.get(project.id)).toEqual({ ...project, ownerName: 'admin', repositoryCount: 0 });
    expect(await projects.get('library')).toMatchObject({ id: project.id });
    for (const name of ['Library', '', 'library\0', '\ud800']) {
      expect(await projects.find(name)).toBeUndefined();
      expect(await projects.findDetails(name)).toBeUndefined();
    }
    const entries = (await journal()).slice(1);
    expect(entries.map((entry) => entry.kind)).toEqual(['project.created']);
    expect(JSON.parse(entries[0]?.detail ?? '')).toEqual({ resource: 'library', outcome: 'done', isPublic: true });
    expect(entries[0]).toMatchObject({ project_id: project.id, actor: `user:${test.administrator.id}` });
  });

  it('have names of their own, also when two are made at once', async () => {
    await create('library');
    await expect(create('library')).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(create('Library')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    const both = await Promise.allSettled([create('twice'), create('twice')]);
    expect(both.map((each) => each.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect((await journal()).filter((entry) => entry.kind === 'project.created')).toHaveLength(2);
  });

  it('are ensured: the one that is there, or a new private one, once', async () => {
    const library = await create('library', true);
    expect(await projects.ensure('library', test.actor)).toEqual(library);
    const ensured = await Promise.all(Array.from({ length: 5 }, () => projects.ensure('fresh', test.actor)));
    expect(new Set(ensured.map((project) => project.id)).size).toBe(1);
    expect(ensured[0]).toMatchObject({ isPublic: false, name: 'fresh' });
    await expect(projects.ensure('No', test.actor)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('become public and private, and say so in the journal', async () => {
    const { id } = await create('library');
    test.clock.advance(5);
    await projects.update({ idOrName: id, visibility: 'public', actor: test.actor });
    expect(await projects.find('library')).toMatchObject({ isPublic: true, updatedAt: START_MS + 5 });
    expect((await journal()).map((entry) => entry.kind)).toContain('project.updated');
    const missing = projects.update({ idOrName: 'missing', visibility: 'public', actor: test.actor });
    await expect(missing).rejects.toMatchObject({ code: 'PROJECT_NOT_FOUND' });
  });

  it('are listed in pages, in the wanted order, and only those that the principal may see', async () => {
    for (const [name, isPublic] of [
      ['b', true],
      ['a', false],
      ['a_c', true],
      ['abc', true],
    ] as const) {
      test.clock.advance(1);
      await create(name, isPublic);
    }
    const principal = test.administrator;
    const names = async (query: Partial<Parameters<Projects['list']>[0]>) =>
      (await projects.list({ principal, page: 1, pageSize: 10, ...query })).map((project) => project.name);
    expect(await names({})).toEqual(['a', 'a_c', 'abc', 'b']);
    expect(await names({ pageSize: 3, page: 2 })).toEqual(['b']);
    expect(await names({ order: [{ key: 'creation_time', descending: true }] })).toEqual(['abc', 'a_c', 'a', 'b']);
    expect(await names({ principal: ANONYMOUS })).toEqual(['a_c', 'abc', 'b']);
    expect(await names({ principal: ANONYMOUS, isPublic: false })).toEqual([]);
    expect(await names({ isPublic: false })).toEqual(['a']);
    expect(await names({ names: ['a'] })).toEqual(['a']);
    expect(await names({ nameContains: 'A' })).toEqual(['a', 'a_c', 'abc']);
    expect(await names({ nameContains: '_' })).toEqual(['a_c']);
    expect(await names({ nameContains: '%' })).toEqual([]);
    expect(await names({ nameContains: "' or 1=1 --" })).toEqual([]);
    expect(await names({ ownerName: 'admin', nameContains: 'b' })).toEqual(['abc', 'b']);
    expect(await names({ ownerName: 'nobody' })).toEqual([]);
    expect(await projects.count({ principal, nameContains: 'a' })).toBe(3);
    expect(await projects.count({ principal: ANONYMOUS })).toBe(3);
  });

  it('count their repositories', async () => {
    const { id } = await create('library');
    await pushInto(id, 'library/a', true);
    await pushInto(id, 'library/b', false);
    expect(await projects.get(id)).toMatchObject({ repositoryCount: 2 });
  });

  it('are not deleted while they hold an artifact', async () => {
    const { id } = await create('library');
    await pushInto(id, 'library/empty', false);
    await pushInto(id, 'library/app', true);
    await expect(projects.delete(id, test.actor)).rejects.toMatchObject({
      code: 'PRECONDITION',
      status: 412,
      message: expect.stringContaining('library/app'),
    });
    expect(await projects.get(id)).toMatchObject({ repositoryCount: 2 });
    expect(await test.database.reader.selectFrom('repository_blobs').selectAll().execute()).toHaveLength(2);
  });

  it('are deleted with what pushes without a manifest left behind, and with nothing of other projects', async () => {
    const { id } = await create('library');
    await pushInto(id, 'library/a', false);
    const { id: otherId } = await create('other');
    await pushInto(otherId, 'other/app', true);
    await projects.delete('library', test.actor);
    expect(await projects.find('library')).toBeUndefined();
    const { reader } = test.database;
    expect(await reader.selectFrom('repositories').select('name').execute()).toEqual([{ name: 'other/app' }]);
    expect(await reader.selectFrom('repository_blobs').selectAll().execute()).toHaveLength(1);
    expect(await reader.selectFrom('tag_history').selectAll().execute()).toHaveLength(1);
    const uploads = await reader.selectFrom('uploads').select(['id', 'expires_at']).orderBy('id').execute();
    expect(uploads).toEqual([
      { id: 'library/a', expires_at: START_MS },
      { id: 'other/app', expires_at: START_MS + 1e9 },
    ]);
    expect((await journal()).at(-1)).toMatchObject({ kind: 'project.deleted', project_id: id });
    await expect(projects.delete('library', test.actor)).rejects.toMatchObject({ code: 'PROJECT_NOT_FOUND' });
    expect((await create('library')).id).not.toBe(id);
  });

  it('take their robots along, and say so of each', async () => {
    const projectsOf: Record<string, { id: number; name: string } | undefined> = {};
    for (const name of ['library', 'other']) projectsOf[name] = await create(name);
    const ids: Record<string, number> = {};
    for (const [name, project] of [
      ['one', projectsOf['library']],
      ['two', projectsOf['library']],
      ['one', projectsOf['other']],
      ['system', undefined],
    ] as const) {
      const { robot } = await test.identity.robots.create({
        ...{ name, project, description: '', durationDays: 1, isDisabled: false, secret: undefined },
        ...{ permissions: [], actor: test.actor },
      });
      ids[robot.fullName] = robot.id;
    }
    await projects.delete('library', test.actor);
    const left = await test.database.reader.selectFrom('robots').select('full_name').orderBy('full_name').execute();
    expect(left.map(({ full_name }) => full_name)).toEqual(['other+one', 'system']);
    const deleted = (await journal()).filter(({ kind }) => kind === 'robot.deleted');
    const shown = deleted.map(({ detail, ...row }) => ({ ...row, ...JSON.parse(detail) }));
    expect(shown.toSorted((one, other) => one.robotId - other.robotId)).toMatchObject(
      ['library+one', 'library+two'].map((name) => ({
        ...{ resource: name, robotId: ids[name], project_id: projectsOf['library']?.id, actor: 'user:1' },
      })),
    );
  });
});
