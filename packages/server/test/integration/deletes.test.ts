import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { errorCode, readErrors, readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { describeManifest, digestOf, freshBytes, sampleImage, sampleIndex } from './support/sample-content.ts';

describe.each(ENGINES)('a delete on %s', (engine) => {
  let registry: OpenRegistry;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.createProject('team');
  });
  afterAll(() => registry?.close());

  const manifest = (reference: string) => `/v2/team/app/manifests/${reference}`;
  const blob = (digest: string) => `/v2/team/app/blobs/${digest}`;

  it('of a tag keeps the manifest and its other tags', async () => {
    const image = sampleImage();
    await registry.admin.pushImage('team/app', 'first', image);
    await registry.admin.putManifest('team/app', 'second', image);
    expect((await registry.admin.delete(manifest('first'))).status).toBe(202);
    expect((await registry.admin.head(manifest('first'))).status).toBe(404);
    for (const reference of ['second', image.digest]) {
      expect((await registry.admin.get(manifest(reference))).body.equals(image.bytes)).toBe(true);
    }
    const again = await registry.admin.delete(manifest('first'));
    expect([again.status, errorCode(again)]).toEqual([404, 'MANIFEST_UNKNOWN']);
  });

  it('of a manifest takes its tags along, at once for HEAD, GET, lists and referrers, and keeps its blobs', async () => {
    const image = sampleImage();
    await registry.admin.pushImage('team/tags', 'one', image);
    await registry.admin.putManifest('team/tags', 'two', image);
    await registry.admin.pushImage('team/tags', 'three', sampleImage());
    expect((await registry.admin.delete(`/v2/team/tags/manifests/${image.digest}`)).status).toBe(202);
    for (const reference of ['one', 'two', image.digest]) {
      for (const method of ['GET', 'HEAD']) {
        expect((await registry.admin.send(`/v2/team/tags/manifests/${reference}`, { method })).status).toBe(404);
      }
    }
    expect(readJson(await registry.admin.get('/v2/team/tags/tags/list'))).toEqual({
      name: 'team/tags',
      tags: ['three'],
    });
    for (const each of image.blobs) {
      expect((await registry.admin.head(`/v2/team/tags/blobs/${digestOf(each)}`)).status).toBe(200);
    }
    expect((await registry.admin.putManifest('team/tags', 'one', image)).status).toBe(201);
    expect((await registry.admin.head(`/v2/team/tags/manifests/${image.digest}`)).status).toBe(200);
  });

  it('of a blob that a manifest lists is a 405 that names the manifest, and works after it is gone', async () => {
    const image = sampleImage();
    await registry.admin.pushImage('team/app', image.digest, image);
    for (const each of image.blobs) {
      const refused = await registry.admin.delete(blob(digestOf(each)));
      expect([refused.status, errorCode(refused)]).toEqual([405, 'UNSUPPORTED']);
      expect(readErrors(refused)[0]?.detail).toEqual({ manifest: image.digest });
      expect((await registry.admin.get(blob(digestOf(each)))).body.equals(each)).toBe(true);
    }
    expect((await registry.admin.delete(manifest(image.digest))).status).toBe(202);
    for (const each of image.blobs) {
      expect((await registry.admin.delete(blob(digestOf(each)))).status).toBe(202);
      expect((await registry.admin.head(blob(digestOf(each)))).status).toBe(404);
    }
  });

  it('of a blob under its other name is a 405 as well', async () => {
    const image = sampleImage();
    const layer = image.blobs[1] ?? Buffer.alloc(0);
    await registry.admin.pushImage('team/app', image.digest, image);
    const long = digestOf(layer, 'sha512');
    const location = await registry.admin.startUpload('team/app');
    expect((await registry.admin.put(`${location}?digest=${long}`, layer)).status).toBe(201);
    expect((await registry.admin.delete(blob(long))).status).toBe(405);
  });

  it('of a child of an index is a 405 that names the index, and works after it is gone', async () => {
    const child = sampleImage();
    const index = sampleIndex([describeManifest(child)]);
    await registry.admin.pushImage('team/app', 'child', child);
    await registry.admin.putManifest('team/app', 'parent', index);
    const refused = await registry.admin.delete(manifest(child.digest));
    expect([refused.status, errorCode(refused)]).toEqual([405, 'UNSUPPORTED']);
    expect(readErrors(refused)[0]?.detail).toEqual({ manifest: index.digest });
    expect((await registry.admin.delete(manifest('child'))).status).toBe(202);
    expect((await registry.admin.delete(manifest(index.digest))).status).toBe(202);
    expect((await registry.admin.delete(manifest(child.digest))).status).toBe(202);
  });

  it('stays within its repository, and a push elsewhere does not bring back what was deleted here (invariant 5)', async () => {
    const image = sampleImage();
    for (const repository of ['team/here', 'team/there']) await registry.admin.pushImage(repository, 'v1', image);
    expect((await registry.admin.delete(`/v2/team/here/manifests/${image.digest}`)).status).toBe(202);
    for (const each of image.blobs) {
      expect((await registry.admin.delete(`/v2/team/here/blobs/${digestOf(each)}`)).status).toBe(202);
      expect((await registry.admin.get(`/v2/team/there/blobs/${digestOf(each)}`)).body.equals(each)).toBe(true);
    }
    await registry.admin.pushImage('team/there', 'v2', image);
    await registry.admin.pushImage('team/elsewhere', 'v1', image);
    expect((await registry.admin.head(`/v2/team/here/manifests/${image.digest}`)).status).toBe(404);
    for (const each of image.blobs) {
      expect((await registry.admin.head(`/v2/team/here/blobs/${digestOf(each)}`)).status).toBe(404);
    }
  });

  it('of what is not there is a 404 with the code of the specification', async () => {
    const digest = digestOf(freshBytes());
    const codes = await Promise.all([
      registry.admin.delete(manifest('never')),
      registry.admin.delete(manifest(digest)),
      registry.admin.delete(blob(digest)),
      registry.admin.delete(`/v2/team/never/blobs/${digest}`),
      registry.admin.delete('/v2/team/app/blobs/uploads/3b9f2c1e-7f4f-4f0a-8b6e-0c8f6f1b2a3d'),
    ]);
    expect(codes.map((answer) => [answer.status, errorCode(answer)])).toEqual([
      [404, 'MANIFEST_UNKNOWN'],
      [404, 'MANIFEST_UNKNOWN'],
      [404, 'BLOB_UNKNOWN'],
      [404, 'BLOB_UNKNOWN'],
      [404, 'BLOB_UPLOAD_UNKNOWN'],
    ]);
  });

  it('is written in the journal with its author', async () => {
    const image = sampleImage();
    await registry.admin.pushImage('team/told', 'v1', image);
    await registry.admin.with({ 'x-request-id': 'told-1' }).delete(`/v2/team/told/manifests/${image.digest}`);
    const rows = (await registry.store.rows('journal')).filter((row) => row['request_id'] === 'told-1');
    expect(rows.map((row) => row['kind'])).toEqual(['tag.deleted', 'manifest.deleted']);
    for (const row of rows) {
      expect(row).toMatchObject({ actor: 'user:1', repository: 'team/told', address: '127.0.0.1' });
    }
  });
});
