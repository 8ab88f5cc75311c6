import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { RegistryClient } from './support/registry-client.ts';
import { digestOf, freshBytes, sampleImage } from './support/sample-content.ts';

const OURS = '/api/roadstead/v1';
const JSON_TYPE = { 'Content-Type': 'application/json' };

describe.each(ENGINES)('names of projects and repositories on %s', (engine) => {
  let registry: OpenRegistry;
  let outsider: RegistryClient;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    outsider = await registry.createUser('outsider');
  });
  afterAll(() => registry?.close());

  let count = 0;
  /** Names of the test's own. */
  let [a, b, c] = ['', '', ''];
  beforeEach(() => {
    count += 1;
    [a, b, c] = [`a${count}`, `b${count}`, `c${count}`];
  });

  const rename = (project: string, name: string, client = registry.admin) =>
    client.put(`${OURS}/projects/${project}/name`, JSON.stringify({ name }), JSON_TYPE);
  const move = (from: string, to: string, client = registry.admin) =>
    client.post(`${OURS}/repository-moves`, JSON.stringify({ from, to }), JSON_TYPE);
  const former = async (project: string) => {
    const answer = await registry.admin.get(`${OURS}/projects/${project}/former-names`);
    return readJson<{ items: { name: string; leadsTo: string }[] }>(answer).items.map(
      ({ name, leadsTo }) => `${name} → ${leadsTo}`,
    );
  };
  const push = async (repository: string, tag = 'latest') => {
    const image = sampleImage();
    await registry.admin.pushImage(repository, tag, image);
    return digestOf(image.bytes);
  };
  const pull = async (repository: string, client = registry.admin) => {
    const { status, headers } = await client.get(`/v2/${repository}/manifests/latest`);
    return status === 200 ? headers['docker-content-digest'] : status;
  };
  const tokenFor = async (client: RegistryClient, repository: string) => {
    const scope = `repository:${repository}:pull,push,delete`;
    const answer = await client.get(`/service/token?service=harbor-registry&scope=${scope}`);
    const { token } = readJson<{ token: string }>(answer);
    return new RegistryClient(registry.url, { authorization: `Bearer ${token}` });
  };
  const statusOf = async (answer: Promise<{ status: number }>) => (await answer).status;

  it('are changed, and those of before lead to what they were of, for pulls of every kind', async () => {
    await registry.admin.createProject(a);
    const layer = freshBytes(2_000);
    const blob = await registry.admin.pushBlob(`${a}/app`, layer);
    const digest = await push(`${a}/app`);
    expect(await statusOf(rename(a, b))).toBe(204);
    for (const name of [`${b}/app`, `${a}/app`]) {
      expect(await pull(name)).toBe(digest);
      expect(await statusOf(registry.admin.head(`/v2/${name}/manifests/${digest}`))).toBe(200);
      expect(await statusOf(registry.admin.get(`/v2/${name}/tags/list`))).toBe(200);
      expect(await statusOf(registry.admin.get(`/v2/${name}/referrers/${digest}`))).toBe(200);
      expect((await registry.admin.get(`/v2/${name}/blobs/${blob}`)).body).toEqual(layer);
      expect(await pull(name, await tokenFor(registry.admin, name))).toBe(digest);
    }
    expect(await former(b)).toEqual([`${a} → ${b}`]);
    expect(await statusOf(registry.admin.get(`/api/v2.0/projects/${a}`))).toBe(404);
  });

  it('of before take no push, and say where to', async () => {
    await registry.admin.createProject(a);
    await push(`${a}/app`);
    await rename(a, b);
    for (const name of [`${a}/app`, `${a}/other`]) {
      for (const client of [registry.admin, await tokenFor(registry.admin, name)]) {
        const answer = await client.post(`/v2/${name}/blobs/uploads/`);
        expect([answer.status, answer.text]).toEqual([403, expect.stringContaining(`is called ${b}/`)]);
        expect(await statusOf(client.delete(`/v2/${name}/manifests/latest`))).toBe(403);
      }
    }
  });

  it('are of single repositories, too, which keep what they hold, from project to project and back', async () => {
    for (const project of [a, b]) await registry.admin.createProject(project);
    const digest = await push(`${a}/app`);
    const before = await push(`${a}/app`, 'old');
    expect(await statusOf(registry.admin.delete(`/v2/${a}/app/manifests/old`))).toBe(202);
    expect(await statusOf(move(`${a}/app`, `${b}/deep/app`))).toBe(204);
    expect([await pull(`${a}/app`), await pull(`${b}/deep/app`)]).toEqual([digest, digest]);
    expect(await statusOf(registry.admin.get(`/v2/${a}/app/manifests/${before}`))).toBe(200);
    expect(await former(b)).toEqual([`${a}/app → ${b}/deep/app`]);
    // An upload belongs to no repository until it is closed.
    const moved = new RegExp(`403.*is called ${b}/deep/app now`);
    await expect(registry.admin.pushBlob(`${a}/app`, freshBytes(100))).rejects.toThrow(moved);
    await expect(push(`${a}/app`)).rejects.toThrow(moved);
    expect(await statusOf(move(`${b}/deep/app`, `${a}/app`))).toBe(204);
    expect([await pull(`${a}/app`), await pull(`${b}/deep/app`)]).toEqual([digest, digest]);
    expect(await former(a)).toEqual([`${b}/deep/app → ${a}/app`]);
    expect(await push(`${a}/app`)).toBe(await pull(`${a}/app`));
  });

  it('lead on over several changes', async () => {
    for (const project of [a, c]) await registry.admin.createProject(project);
    const digest = await push(`${a}/app`);
    await move(`${a}/app`, `${c}/app`);
    await rename(a, b);
    await rename(c, `${c}-new`);
    await move(`${c}-new/app`, `${c}-new/last`);
    for (const name of [`${a}/app`, `${b}/app`, `${c}/app`, `${c}-new/app`, `${c}-new/last`]) {
      expect(await pull(name), name).toBe(digest);
    }
    expect(await statusOf(rename(b, a))).toBe(204);
    expect(await pull(`${a}/app`)).toBe(digest);
    expect(await statusOf(registry.admin.get(`/api/v2.0/projects/${a}`))).toBe(200);
  });

  it('are nobody else’s until they are given up', async () => {
    await registry.admin.createProject(a);
    await push(`${a}/app`);
    await rename(a, b);
    const create = () => registry.admin.post('/api/v2.0/projects', JSON.stringify({ project_name: a }), JSON_TYPE);
    const answer = await create();
    expect([answer.status, answer.text]).toEqual([409, expect.stringContaining(`former name of the project ${b}`)]);
    await registry.admin.createProject(c);
    expect(await statusOf(rename(c, a))).toBe(409);
    const giveUp = (name: string, client = registry.admin) =>
      client.delete(`${OURS}/projects/${b}/former-names?name=${encodeURIComponent(name)}`);
    expect(await statusOf(giveUp(a, outsider))).toBe(403);
    expect(await statusOf(giveUp('nothing'))).toBe(404);
    expect(await statusOf(giveUp(a))).toBe(204);
    expect(await pull(`${a}/app`)).toBe(403);
    expect(await statusOf(create())).toBe(201);
  });

  it('go with what they lead to', async () => {
    await registry.admin.createProject(a);
    await rename(a, b);
    expect(await statusOf(registry.admin.delete(`/api/v2.0/projects/${b}`))).toBe(200);
    await registry.admin.createProject(a);
    expect(await push(`${a}/app`)).toBe(await pull(`${a}/app`));
  });

  it('are no way around rights, and tell nobody what there was', async () => {
    await registry.admin.createProject(a);
    const digest = await push(`${a}/app`);
    await rename(a, b);
    for (const client of [outsider, registry.anonymous, await tokenFor(outsider, `${a}/app`)]) {
      for (const [method, path] of [
        ['GET', 'manifests/latest'],
        ['HEAD', `manifests/${digest}`],
        ['GET', 'tags/list'],
        ['POST', 'blobs/uploads/'],
        ['PUT', 'manifests/latest'],
      ] as const) {
        const shown = async (project: string) => {
          const answer = await client.send(`/v2/${project}/app/${path}`, {
            method,
            body: method === 'GET' ? undefined : '',
          });
          const challenge = String(answer.headers['www-authenticate'] ?? '').replaceAll(project, 'X');
          return [answer.status, answer.text.replaceAll(project, 'X'), challenge];
        };
        expect(await shown(a)).toEqual(await shown(`z${count}`));
      }
    }
    for (const name of [a, b]) {
      expect(await statusOf(rename(name, c, outsider))).toBe(403);
      expect(await statusOf(rename(name, c, registry.anonymous))).toBe(401);
      expect(await statusOf(outsider.get(`${OURS}/projects/${name}/former-names`))).toBe(403);
      expect(await statusOf(move(`${name}/app`, `${c}/app`, outsider))).toBe(403);
    }
  });

  it.each([
    ['', 422],
    ['Upper', 400],
    ['a/b', 400],
    ['..', 400],
    ['x'.repeat(300), 422],
  ])('are refused: %j', async (name, status) => {
    await registry.admin.createProject(a);
    expect(await statusOf(rename(a, name))).toBe(status);
    expect(await statusOf(registry.admin.get(`/api/v2.0/projects/${a}`))).toBe(200);
  });

  it('of repositories are refused when they are taken, missing, or of no project', async () => {
    for (const project of [a, b]) await registry.admin.createProject(project);
    await push(`${a}/app`);
    await push(`${b}/app`);
    expect(await statusOf(move(`${a}/app`, `${b}/app`))).toBe(409);
    expect(await statusOf(move(`${a}/none`, `${b}/new`))).toBe(404);
    expect(await statusOf(move(`${a}/app`, 'nowhere/app'))).toBe(404);
    expect(await statusOf(move(a, `${b}/new`))).toBe(400);
    expect(await statusOf(move(`${a}/app`, `${b}/../app`))).toBe(400);
  });

  it('change under pushes without a manifest lost or a repository left at the old name', async () => {
    await registry.admin.createProject(a);
    await push(`${a}/app`);
    let name = a;
    const pushed: string[] = [];
    const pushing = Array.from({ length: 4 }, async (_, index) => {
      for (let round = 0; round < 12; round += 1) {
        const image = sampleImage();
        const project = name;
        const tag = `t${index}-${round}`;
        await registry.admin.pushImage(`${project}/r${index}-${round % 3}`, tag, image).then(
          () => pushed.push(`r${index}-${round % 3}/manifests/${digestOf(image.bytes)}`),
          () => undefined,
        );
      }
    });
    for (const next of [b, c, a, b]) {
      expect(await statusOf(rename(name, next))).toBe(204);
      name = next;
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await Promise.all(pushing);
    expect(pushed.length).toBeGreaterThan(0);
    for (const place of pushed) expect(await statusOf(registry.admin.get(`/v2/${name}/${place}`)), place).toBe(200);
    const rows = await registry.store.rows('repositories');
    const ofProject = rows.filter(
      ({ project_id }) => project_id === rows.find((row) => row.name === `${name}/app`)?.project_id,
    );
    expect(ofProject.filter((row) => !String(row.name).startsWith(`${name}/`))).toEqual([]);
  });

  it('are told of in the audit log', async () => {
    await registry.admin.createProject(a);
    await push(`${a}/app`);
    await rename(a, b);
    await move(`${b}/app`, `${b}/other`);
    await registry.admin.delete(`${OURS}/projects/${b}/former-names?name=${a}`);
    const rows = await registry.store.rows('journal');
    const told = rows
      .map(({ kind, detail }) => `${kind} ${detail}`)
      .filter((line) => line.includes(`"${a}`) || line.includes(`"${b}`));
    expect(told.filter((line) => /^(?:project\.renamed|repository\.moved|name\.given-up)/.test(line))).toHaveLength(3);
  });
});
