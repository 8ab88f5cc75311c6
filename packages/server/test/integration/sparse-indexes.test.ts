import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { describeManifest, digestOf, sampleImage, sampleIndex } from './support/sample-content.ts';

describe.each(ENGINES)('with ROADSTEAD_SPARSE_INDEXES on %s', (engine) => {
  let registry: OpenRegistry;

  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_SPARSE_INDEXES: 'true' } });
    await registry.admin.createProject('team');
  });
  afterAll(() => registry?.close());

  it('an index may list manifests that are not here, and protects those that are', async () => {
    const [here, away] = [sampleImage(), sampleImage()];
    await registry.admin.pushImage('team/app', 'here', here);
    const index = sampleIndex([describeManifest(here), describeManifest(away)]);
    expect((await registry.admin.putManifest('team/app', 'sparse', index)).status).toBe(201);
    expect((await registry.admin.get(`/v2/team/app/manifests/${away.digest}`)).status).toBe(404);
    expect((await registry.admin.delete(`/v2/team/app/manifests/${here.digest}`)).status).toBe(405);
  });

  it('an image may list layers that are not here', async () => {
    const image = sampleImage();
    await registry.admin.pushBlob('team/app', image.blobs[0] ?? Buffer.alloc(0));
    expect((await registry.admin.putManifest('team/app', 'thin', image)).status).toBe(201);
  });

  // Found by reading: what was missing once stayed unprotected for ever.
  it('a manifest that is pushed again when everything is here protects everything (invariant 3)', async () => {
    const image = sampleImage();
    const [config, layer] = image.blobs as [Buffer, Buffer];
    await registry.admin.pushBlob('team/app', config);
    expect((await registry.admin.putManifest('team/app', 'late', image)).status).toBe(201);
    await registry.admin.pushBlob('team/app', layer);
    expect((await registry.admin.putManifest('team/app', 'late', image)).status).toBe(201);
    expect((await registry.admin.delete(`/v2/team/app/blobs/${digestOf(layer)}`)).status).toBe(405);
  });

  it('switched off again, the same incomplete image is refused', async () => {
    const image = sampleImage();
    await registry.admin.pushBlob('team/app', image.blobs[0] ?? Buffer.alloc(0));
    expect((await registry.admin.putManifest('team/app', 'strict', image)).status).toBe(201);
    await registry.restart({ ROADSTEAD_SPARSE_INDEXES: 'false' });
    const other = sampleIndex([describeManifest(sampleImage())]);
    expect((await registry.admin.putManifest('team/app', 'strict-index', other)).status).toBe(404);
    expect((await registry.admin.get('/v2/team/app/manifests/strict')).status).toBe(200);
    await registry.restart();
  });
});
