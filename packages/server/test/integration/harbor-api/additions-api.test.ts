import { gzipSync } from 'node:zlib';
import { MEDIA_TYPES } from '@roadstead/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { artifact, CHART_METADATA, chart, compose, HISTORY, image, tarOf } from '../support/artifact-shapes.ts';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { describeManifest, freshBytes, type SampleManifest, sampleIndex } from '../support/sample-content.ts';
import { HarborCaller } from './harbor-caller.ts';

const CHART_CONFIG = 'application/vnd.cncf.helm.config.v1+json';
const CHART_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const MODEL_CONFIG = 'application/vnd.cncf.model.config.v1+json';

function chartOf(layer: Buffer): SampleManifest {
  return compose([Buffer.from(JSON.stringify(CHART_METADATA)), CHART_CONFIG], [[layer, CHART_LAYER]]);
}

describe.each(ENGINES)("Harbor's additions on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let admin: RegistryClient;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    admin = registry.admin;
    await admin.createProject('team');
  });
  afterAll(async () => {
    console.info(`${harbor.count} answers as Harbor's contract has them`);
    await registry.close();
  });

  const push = async (repository: string, manifest: SampleManifest) =>
    admin.pushImage(`team/${repository}`, manifest.digest, manifest);
  const read = (repository: string, { digest }: SampleManifest, addition: string, client = admin) =>
    harbor.call(client, 'getAddition', {
      params: { project_name: 'team', repository_name: repository, reference: digest, addition },
    });
  const linksOf = async (repository: string, { digest }: SampleManifest) => {
    const params = { project_name: 'team', repository_name: repository, reference: digest };
    return Object.keys((await harbor.call(admin, 'getArtifact', { params })).json.addition_links);
  };

  it('an image has the history of its build', async () => {
    const pushed = image();
    await push('images', pushed);
    const answer = await read('images', pushed, 'build_history');
    expect(answer.json).toEqual(HISTORY);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(await linksOf('images', pushed)).toEqual(['build_history']);
    expect((await read('images', pushed, 'values.yaml')).status).toBe(400);
    expect((await read('images', pushed, 'sbom')).status).toBe(404);
    expect((await read('images', pushed, 'anything')).status).toBe(422);
    expect((await read('images', pushed, 'build_history', registry.anonymous)).status).toBe(401);
    expect((await read('images', image(), 'build_history')).status).toBe(404);
  });

  it('an index has none of its own', async () => {
    const part = image();
    await push('indexes', part);
    const index = sampleIndex([describeManifest(part)]);
    await push('indexes', index);
    expect(await linksOf('indexes', index)).toEqual([]);
    expect((await read('indexes', index, 'build_history')).status).toBe(400);
  });

  it('nothing was scanned', async () => {
    const pushed = image();
    await push('images', pushed);
    const params = { project_name: 'team', repository_name: 'images', reference: pushed.digest };
    const answer = await harbor.call(admin, 'getVulnerabilitiesAddition', { params });
    expect(answer).toMatchObject({ status: 200, text: '{}' });
    const missing = { ...params, reference: 'none' };
    expect((await harbor.call(admin, 'getVulnerabilitiesAddition', { params: missing })).status).toBe(404);
    const scans = { params, query: { with_scan_overview: true, with_sbom_overview: true } };
    expect((await harbor.call(admin, 'getArtifact', scans)).json.scan_overview).toBeUndefined();
  });

  it('a chart has its values, its readme and what it depends on', async () => {
    const pushed = chart();
    await push('charts', pushed);
    expect(await linksOf('charts', pushed)).toEqual(['values.yaml', 'readme.md', 'dependencies']);
    const values = await read('charts', pushed, 'values.yaml');
    expect(values.text).toBe('replicas: 1\n');
    expect(values.headers['content-type']).toContain('text/plain');
    const readme = await read('charts', pushed, 'readme.md');
    expect(readme.text).toBe('# Web\n');
    expect(readme.headers['content-type']).toContain('text/markdown');
    expect((await read('charts', pushed, 'dependencies')).json).toEqual(CHART_METADATA.dependencies);
    const params = { project_name: 'team', repository_name: 'charts', reference: pushed.digest };
    expect((await harbor.call(admin, 'getArtifact', { params })).json.extra_attrs).toEqual(CHART_METADATA);
  });

  describe('a chart whose archive is', () => {
    const bomb = () => gzipSync(tarOf({ 'web/zeros': Buffer.alloc(80 * 1024 * 1024), 'web/values.yaml': 'late' }));
    const broken = gzipSync(tarOf({ 'web/values.yaml': 'x: 1' }));
    const badSum = tarOf({ 'web/values.yaml': 'x: 1' });
    badSum[0] = 0x41;
    const huge = tarOf({ 'web/values.yaml': 'x: 1' });
    it.each<[string, () => Buffer]>([
      ['a bomb', bomb],
      ['cut off', () => broken.subarray(0, 40)],
      ['noise', () => freshBytes(4_096)],
      ['gzip of noise', () => gzipSync(freshBytes(4_096))],
      ['gzip twice', () => gzipSync(gzipSync(huge))],
      ['with a wrong sum', () => gzipSync(badSum)],
      ['empty', () => Buffer.alloc(0)],
      [
        'of another path',
        () => gzipSync(tarOf({ 'values.yaml': 'x', '../values.yaml/x': 'y', 'a/b/values.yaml': 'z' })),
      ],
      ['of too large a file', () => gzipSync(tarOf({ 'web/values.yaml': Buffer.alloc(2 * 1024 * 1024, 0x20) }))],
      [
        'of too many files',
        () => gzipSync(Buffer.concat([...Array(10_001).fill(tarOf({ x: '' }).subarray(0, 512)), huge])),
      ],
    ])('%s has no values', async (_, archive) => {
      const pushed = chartOf(archive());
      await push('hostile', pushed);
      expect((await read('hostile', pushed, 'values.yaml')).status).toBe(404);
    });

    it('not compressed is read all the same', async () => {
      const pushed = chartOf(tarOf({ './web/VALUES.yaml': 'plain: 1' }));
      await push('hostile', pushed);
      expect((await read('hostile', pushed, 'values.yaml')).text).toBe('plain: 1');
    });
  });

  describe('a config that', () => {
    const deep = `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`;
    it.each([
      ['is no JSON', '{'],
      ['is no object', '[1]'],
      ['is too deep', deep],
      ['has a member twice', '{"os":"a","os":"b"}'],
      ['has too many members', JSON.stringify(Array.from({ length: 30_000 }, (_, at) => at))],
    ])('%s is not shown', async (_, text) => {
      const pushed = compose([Buffer.from(text), MEDIA_TYPES.ociImageConfig], []);
      await push('configs', pushed);
      const params = { project_name: 'team', repository_name: 'configs', reference: pushed.digest };
      expect((await harbor.call(admin, 'getArtifact', { params })).json.extra_attrs).toBeUndefined();
      expect((await read('configs', pushed, 'build_history')).status).toBe(404);
    });

    it('is too large is shown without its largest members, and one of more than 1 MiB not at all', async () => {
      const large = image({}, { config: { Env: ['x'.repeat(40_000)] } });
      await push('configs', large);
      const params = { project_name: 'team', repository_name: 'configs', reference: large.digest };
      const { extra_attrs: shown } = (await harbor.call(admin, 'getArtifact', { params })).json;
      expect(shown).toMatchObject({ os: 'linux' });
      expect(shown.config).toBeUndefined();
      const huge = image({}, { config: { Env: ['x'.repeat(1_100_000)] } });
      await push('configs', huge);
      const at = { ...params, reference: huge.digest };
      expect((await harbor.call(admin, 'getArtifact', { params: at })).json.extra_attrs).toBeUndefined();
    });

    it('was read is not read again', async () => {
      const pushed = image();
      await push('configs', pushed);
      const params = { project_name: 'team', repository_name: 'configs', reference: pushed.digest };
      const first = await harbor.call(admin, 'getArtifact', { params });
      const row = await registry.store.findBlobRow(describeManifest(pushed).digest);
      expect(row).toBeUndefined();
      const rows = await registry.store.rows('manifest_configs');
      expect(rows.map((each) => each['manifest_id'])).toContain(first.json.id);
      expect((await harbor.call(admin, 'getArtifact', { params })).json).toEqual(first.json);
    });
  });

  it('a model has files, a readme and a licence', async () => {
    const at = (path: string) => ({ annotations: { 'org.cncf.model.filepath': path } });
    const pushed = compose(
      [freshBytes(10), MODEL_CONFIG],
      [
        [freshBytes(500), 'application/vnd.cncf.model.weight.v1.raw', at('model.gguf')],
        [Buffer.from('# Model'), 'application/vnd.cncf.model.doc.v1.raw', at('docs/README.md')],
        [tarOf({ LICENSE: 'MIT' }), 'application/vnd.cncf.model.doc.v1.tar', at('LICENSE')],
      ],
    );
    await push('models', pushed);
    expect(await linksOf('models', pushed)).toEqual(['readme.md', 'license', 'files']);
    expect((await read('models', pushed, 'readme.md')).text).toBe('# Model');
    expect((await read('models', pushed, 'license')).text).toBe('MIT');
    expect((await read('models', pushed, 'files')).json).toMatchObject([
      { name: 'model.gguf', type: 'file', size: 500 },
      { name: 'docs/README.md' },
      { name: 'LICENSE' },
    ]);
    const ollama = compose(
      [freshBytes(10), MEDIA_TYPES.dockerImageConfig],
      [
        [freshBytes(500), 'application/vnd.ollama.image.model'],
        [Buffer.from('Llama licence'), 'application/vnd.ollama.image.license'],
      ],
      { mediaType: MEDIA_TYPES.dockerManifest },
    );
    await push('models', ollama);
    expect((await read('models', ollama, 'license')).text).toBe('Llama licence');
    expect((await read('models', ollama, 'readme.md')).status).toBe(404);
  });

  it('an SBOM is read by itself, and by what it belongs to', async () => {
    const pushed = image();
    await push('sboms', pushed);
    const text = JSON.stringify({ spdxVersion: 'SPDX-2.3' });
    const sbom = artifact('application/vnd.goharbor.harbor.sbom.v1', [[Buffer.from(text), 'application/spdx+json']], {
      subject: describeManifest(pushed),
    });
    await push('sboms', sbom);
    expect(await linksOf('sboms', sbom)).toEqual(['sbom']);
    expect((await read('sboms', sbom, 'sbom')).text).toBe(text);
    expect((await read('sboms', pushed, 'sbom')).text).toBe(text);
  });

  it.each([
    ['no digest', 400],
    [`sha256:${'0'.repeat(64)}`, 404],
  ])('the icon %s is answered with %d', async (digest, status) => {
    expect((await harbor.call(admin, 'getIcon', { params: { digest } })).status).toBe(status);
  });
});
