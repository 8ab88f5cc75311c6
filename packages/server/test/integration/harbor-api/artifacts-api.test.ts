import { MEDIA_TYPES } from '@roadstead/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { artifact, chart, compose, image } from '../support/artifact-shapes.ts';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { describeManifest, freshBytes, type SampleManifest, sampleIndex } from '../support/sample-content.ts';
import { HarborCaller } from './harbor-caller.ts';

describe.each(ENGINES)("Harbor's artifacts on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let admin: RegistryClient;
  let carol: RegistryClient;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    admin = registry.admin;
    await admin.createProject('team');
    carol = await registry.createUser('carol');
  });
  afterAll(async () => {
    console.info(`${harbor.count} answers as Harbor's contract has them`);
    await registry.close();
  });

  const of = (repository: string, reference?: string) => ({
    project_name: 'team',
    repository_name: repository,
    ...(reference !== undefined && { reference }),
  });
  const list = async (repository: string, query: Record<string, string | number | boolean> = {}) =>
    harbor.call(admin, 'listArtifacts', { params: of(repository), query });
  const get = async (repository: string, reference: string, query: Record<string, string | number | boolean> = {}) =>
    harbor.call(admin, 'getArtifact', { params: of(repository, reference), query });
  const digests = (answer: { readonly json: readonly { readonly digest: string }[] }) =>
    answer.json.map(({ digest }) => digest);

  describe('the type of', () => {
    const bytes = () => freshBytes(100);
    it.each<[string, SampleManifest]>([
      ['IMAGE', image()],
      ['CHART', chart()],
      ['WASM', compose([bytes(), 'application/vnd.wasm.config.v0+json'], [[bytes(), 'application/wasm']])],
      ['CNAB', compose([bytes(), 'application/vnd.cnab.config.v1+json'], [])],
      ['CNAI', compose([bytes(), 'application/vnd.cncf.model.config.v1+json'], [])],
      ['CNAI', compose([bytes(), MEDIA_TYPES.dockerImageConfig], [[bytes(), 'application/vnd.ollama.image.model']])],
      ['MODELKIT', compose([bytes(), 'application/vnd.kitops.modelkit.config.v1+json'], [])],
      ['FLUX', compose([bytes(), 'application/vnd.cncf.flux.config.v1+json'], [])],
      ['TIMONI', compose([bytes(), 'application/vnd.timoni.config.v1+json'], [])],
      ['SIF', compose([bytes(), 'application/vnd.sylabs.sif.config.v1+json'], [])],
      ['BUILDKIT-CACHE', compose([bytes(), 'application/vnd.buildkit.cacheconfig.v0'], [])],
      ['OPENTOFU-MODULE', artifact('application/vnd.opentofu.modulepkg', [[bytes(), 'archive/zip']])],
      ['SBOM', artifact('application/vnd.goharbor.harbor.sbom.v1', [[bytes(), 'application/spdx+json']])],
      ['UNKNOWN', artifact('application/x', [[bytes(), 'text/plain; charset=utf-8']])],
      ['IMAGE', sampleIndex([])],
      ['OPENTOFU-PROVIDER', sampleIndex([], { artifactType: 'application/vnd.opentofu.provider' })],
      [
        'CNAB',
        sampleIndex([], { annotations: { 'org.opencontainers.artifactType': 'application/vnd.cnab.manifest.v1' } }),
      ],
    ])('%s is told', async (type, manifest) => {
      await admin.pushImage('team/types', 'latest', manifest);
      const { json } = await get('types', manifest.digest);
      expect(json).toMatchObject({ type, digest: manifest.digest, repository_name: 'team/types' });
      const icon = await harbor.call(registry.anonymous, 'getIcon', { params: { digest: json.icon } });
      expect(Buffer.from(icon.json.content, 'base64').toString()).toContain('<svg');
    });
  });

  it('an image shows what its config says, its size and its tags', async () => {
    const pushed = image({ annotations: { 'org.opencontainers.image.title': 'app' } });
    await admin.pushImage('team/one/deep', 'v1', pushed);
    await admin.putManifest('team/one/deep', 'v2', pushed);
    const { json } = await get('one/deep', 'v1');
    const blobs = pushed.blobs.reduce((sum, blob) => sum + blob.length, pushed.bytes.length);
    expect(json).toMatchObject({
      type: 'IMAGE',
      media_type: MEDIA_TYPES.ociImageConfig,
      manifest_media_type: MEDIA_TYPES.ociImageManifest,
      size: blobs,
      pull_time: '0001-01-01T00:00:00.000Z',
      annotations: { 'org.opencontainers.image.title': 'app' },
      extra_attrs: { architecture: 'arm64', os: 'linux', author: 'somebody', config: { Labels: { team: 'a' } } },
      tags: [{ name: 'v1', immutable: false }, { name: 'v2' }],
    });
    expect(json.addition_links.build_history.href).toBe(
      `/api/v2.0/projects/team/repositories/one%252Fdeep/artifacts/${pushed.digest}/additions/build_history`,
    );
    for (const name of ['one%2Fdeep', 'one%252Fdeep']) {
      const answer = await admin.get(`/api/v2.0/projects/team/repositories/${name}/artifacts/${pushed.digest}`);
      expect(JSON.parse(answer.text).digest, name).toBe(pushed.digest);
    }
    expect((await get('one/deep', 'v1', { with_tag: false })).json.tags).toBeUndefined();
  });

  it('the parts of an index are shown with it, and alone when they are tagged or asked for', async () => {
    const [first, second] = [image(), image()];
    const platform = { os: 'linux', architecture: 'arm64', variant: 'v8' };
    const index = sampleIndex([{ ...describeManifest(first), platform }, describeManifest(second)]);
    await admin.pushImage('team/multi', first.digest, first);
    await admin.pushImage('team/multi', 'alone', second);
    await admin.pushImage('team/multi', 'all', index);
    expect(digests(await list('multi')).toSorted()).toEqual([second.digest, index.digest].toSorted());
    expect(digests(await list('multi', { q: 'base=*' }))).toHaveLength(3);
    expect(digests(await list('multi', { q: `digest=${first.digest}` }))).toEqual([first.digest]);
    const { json } = await get('multi', 'all');
    const { json: child } = await get('multi', first.digest);
    expect(json.references).toMatchObject([
      { parent_id: json.id, child_id: child.id, child_digest: first.digest, platform },
      { child_digest: second.digest },
    ]);
    const { json: other } = await get('multi', second.digest);
    expect(json.size).toBe(index.bytes.length + child.size + other.size);
    await admin.delete(`/v2/team/multi/manifests/alone`);
    expect(digests(await list('multi'))).toEqual([index.digest]);
    expect((await admin.delete(`/v2/team/multi/manifests/${index.digest}`)).status).toBe(202);
    expect(digests(await list('multi')).toSorted()).toEqual([first.digest, second.digest].toSorted());
  });

  describe('a list', () => {
    const pushed = Array.from({ length: 5 }, () => image());
    beforeAll(async () => {
      for (const [at, manifest] of pushed.entries()) {
        await admin.pushImage('team/listed', at === 4 ? manifest.digest : `v${at}`, manifest);
      }
      await admin.pushImage('team/listed', 'chart', chart());
    });

    it.each<[string, number]>([
      ['type=CHART', 1],
      ['type={CHART IMAGE}', 6],
      ['type=~imag', 5],
      ['tags=nil', 1],
      ['tags=*', 5],
      ['tags=v1', 1],
      ['tags={v1 v2}', 2],
      ['tags=~V', 4],
      ['type=IMAGE,tags=*', 4],
      [`media_type=${MEDIA_TYPES.ociImageConfig}`, 5],
      ['artifact_type=application/vnd.cncf.helm.config.v1+json', 1],
      [`manifest_media_type=${MEDIA_TYPES.ociImageManifest}`, 6],
      ['push_time=[2020-01-01T00:00:00~]', 6],
      ['push_time=[~2020-01-01T00:00:00]', 0],
      ['push_time=["2020-01-01T00:00:00"~"2099-01-01T00:00:00"]', 6],
      ['pull_time=[2020-01-01~]', 0],
      ['size=[0~100]', 0],
      ['size=[100~]', 6],
      ['digest=sha256:00', 0],
      ['repository_name=team/listed', 6],
      ['repository_name=~LIST', 6],
      ['repository_name=team/other', 0],
      ['unknown=1', 6],
      ['id={1 2}', 0],
      ['tags%3Dnil', 1],
      ['labels=(1 2)', 0],
    ])('with q=%s has %d', async (q, count) => {
      const answer = await list('listed', { q });
      if (q.startsWith('id=')) expect(answer.status).toBe(200);
      else expect(answer.json).toHaveLength(count);
      expect(Number(answer.headers['x-total-count'])).toBe(answer.json.length);
      if (q.startsWith('id=')) return;
      const query = { q: `${q.replaceAll('%3D', '=')},repository_name=~listed` };
      if (q.includes('repository_name')) return;
      const all = await harbor.call(admin, 'listArtifactsOfProject', { params: { project_name_or_id: 'team' }, query });
      expect(all.json).toHaveLength(count);
    });

    it.each([
      'type',
      'type=',
      '=x',
      'push_time=yesterday',
      'size=big',
      'base=1',
      'labels={1 2}',
      'size=[1]',
      'type=[a~b]',
      'tags=(a b)',
      'type={a',
      'id=~1',
    ])('with q=%s is refused', async (q) => {
      expect((await list('listed', { q })).status).toBe(400);
    });

    it('is in the order that was asked for, page by page', async () => {
      const all = digests(await list('listed'));
      expect(all.slice(1)).toEqual(pushed.map(({ digest }) => digest).toReversed());
      expect(digests(await list('listed', { sort: 'push_time' }))).toEqual(all.toReversed());
      expect(digests(await list('listed', { sort: 'digest' }))).toEqual(all.toSorted());
      for (const sort of [
        '-id',
        'type,-push_time',
        'size',
        'pull_time',
        '-pull_time',
        'repository_name',
        'media_type',
        'manifest_media_type',
        '-artifact_type',
        'repository_id',
      ]) {
        expect(digests(await list('listed', { sort })).toSorted(), sort).toEqual(all.toSorted());
      }
      expect((await list('listed', { sort: 'bytes' })).status).toBe(400);
      const pages = await Promise.all([1, 2, 3, 4].map((page) => list('listed', { page, page_size: 2 })));
      expect(pages.flatMap(digests)).toEqual(all);
      expect(pages[0]?.headers['x-total-count']).toBe('6');
      expect(pages[0]?.headers.link).toBe(
        '</api/v2.0/projects/team/repositories/listed/artifacts?page=2&page_size=2>; rel="next"',
      );
      expect(pages[2]?.headers.link).toContain('rel="prev"');
    });

    it.each([{ page: 0 }, { page_size: 101 }, { page_size: -1 }, { with_tag: 'maybe' }])('has no %o', async (query) => {
      expect((await list('listed', query)).status).toBe(422);
    });

    it('of a project may have the latest of each repository only', async () => {
      const params = { project_name_or_id: 'team' };
      const q = `media_type=${MEDIA_TYPES.ociImageConfig},repository_name=~listed`;
      const query = { latest_in_repository: true, q };
      const answer = await harbor.call(admin, 'listArtifactsOfProject', { params, query });
      expect(digests(answer)).toEqual([pushed[4]?.digest]);
      const without = await harbor.call(admin, 'listArtifactsOfProject', {
        params,
        query: { latest_in_repository: true },
      });
      expect(without.status).toBe(400);
    });

    it('of a project has what is in the repositories that somebody has a role on', async () => {
      const dave = await registry.createUser('dave');
      const body = { role_id: 3, member_user: { username: 'dave' }, repositories: 'listed' };
      const made = await harbor.call(admin, 'createProjectMember', { params: { project_name_or_id: 'team' }, body });
      expect(made.status).toBe(201);
      const query = { page_size: 100, with_accessory: true, with_label: true };
      const all = await harbor.call(dave, 'listArtifactsOfProject', { params: { project_name_or_id: 'team' }, query });
      expect(digests(all).toSorted()).toEqual(digests(await list('listed')).toSorted());
      expect(all.headers['x-total-count']).toBe('6');
      expect((await harbor.call(dave, 'listArtifacts', { params: of('listed') })).status).toBe(200);
      expect((await harbor.call(dave, 'listArtifacts', { params: of('types') })).status).toBe(403);
    });

    it('is for who may see it', async () => {
      const params = of('listed');
      expect((await harbor.call(registry.anonymous, 'listArtifacts', { params })).status).toBe(401);
      expect((await harbor.call(carol, 'listArtifacts', { params })).status).toBe(403);
      expect((await harbor.call(carol, 'listArtifacts', { params: { ...params, project_name: 'none' } })).status).toBe(
        403,
      );
      expect((await harbor.call(admin, 'listArtifacts', { params: { ...params, project_name: 'none' } })).status).toBe(
        404,
      );
      expect((await list('nothing-here')).status).toBe(404);
      expect(
        (await harbor.call(carol, 'listArtifactsOfProject', { params: { project_name_or_id: 'team' } })).status,
      ).toBe(403);
    });
  });

  it('a pull is noted, of the artifact, of its tag, and of the repository', async () => {
    const pushed = image();
    await admin.pushImage('team/pulled', 'v1', pushed);
    await admin.putManifest('team/pulled', 'v2', pushed);
    const before = Date.now();
    await admin.head('/v2/team/pulled/manifests/v2');
    await admin.get('/v2/team/pulled/manifests/v1');
    await admin.get(`/v2/team/pulled/manifests/${pushed.digest}`);
    const pulledAt = async () => Date.parse((await get('pulled', 'v1')).json.pull_time);
    await expect.poll(pulledAt, { timeout: 10_000 }).toBeGreaterThanOrEqual(before);
    const { json } = await get('pulled', 'v1');
    expect(json.tags.map(({ pull_time: at }: { pull_time: string }) => Date.parse(at) >= before)).toEqual([
      true,
      false,
    ]);
    const rows = await registry.store.rows('pulls');
    const repository = rows.find(({ kind, id }) => kind === 'repository' && id === json.repository_id);
    expect(repository?.['count']).toBe(2);
    expect(digests(await list('pulled', { q: 'pull_time=[2020-01-01~]', sort: '-pull_time' }))).toEqual([
      pushed.digest,
    ]);
    await admin.delete(`/v2/team/pulled/manifests/${pushed.digest}`);
    const left = await registry.store.rows('pulls');
    expect(left.filter(({ kind, id }) => kind === 'manifest' && id === json.id)).toEqual([]);
  });

  it('tags of an artifact are listed', async () => {
    const pushed = image();
    await admin.pushImage('team/tagged', 'b', pushed);
    for (const tag of ['a', 'c', 'main-1', 'main-2']) await admin.putManifest('team/tagged', tag, pushed);
    await admin.pushImage('team/tagged', 'other', image());
    const names = async (query: Record<string, string | number | boolean>) => {
      const answer = await harbor.call(admin, 'listTags', { params: of('tagged', pushed.digest), query });
      return answer.json.map(({ name }: { name: string }) => name);
    };
    expect(await names({})).toEqual(['a', 'b', 'c', 'main-1', 'main-2']);
    expect(await names({ sort: '-name', page_size: 2, page: 2 })).toEqual(['c', 'b']);
    expect(await names({ q: 'name=~MAIN' })).toEqual(['main-1', 'main-2']);
    expect(await names({ q: 'name=c', with_immutable_status: true })).toEqual(['c']);
    const gone = await harbor.call(admin, 'listTags', { params: of('tagged', 'nothing') });
    expect(gone.status).toBe(404);
    expect((await harbor.call(carol, 'listTags', { params: of('tagged', 'b') })).status).toBe(403);
    expect((await get('tagged', 'sha256:00')).status).toBe(404);
    expect((await get('tagged', `sha256:${'0'.repeat(64)}`)).status).toBe(404);
  });
});
