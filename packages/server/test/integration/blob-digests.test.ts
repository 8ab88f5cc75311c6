import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { errorCode } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { composeManifest, digestOf, freshBytes, sampleImage } from './support/sample-content.ts';

describe.each(ENGINES)('digests on %s', (engine) => {
  let registry: OpenRegistry;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.createProject('team');
  });
  afterAll(() => registry?.close());

  async function expectReadable(repository: string, digest: string, bytes: Buffer) {
    const pulled = await registry.admin.get(`/v2/${repository}/blobs/${digest}`);
    expect(pulled.status, `${repository} ${digest.slice(0, 6)}`).toBe(200);
    expect(pulled.headers['docker-content-digest']).toBe(digest);
    expect(pulled.body.equals(bytes)).toBe(true);
  }

  it.each(['', '?digest-algorithm=sha512', '?digest-algorithm=sha256'])(
    'of sha512 close an upload that began with "%s"',
    async (query) => {
      const bytes = freshBytes(5_000);
      const digest = digestOf(bytes, 'sha512');
      const location = await registry.admin.startUpload('team/app', query);
      expect((await registry.admin.patch(location, bytes.subarray(0, 2_000))).status).toBe(202);
      const closed = await registry.admin.put(`${location}?digest=${digest}`, bytes.subarray(2_000));
      expect(closed.status).toBe(201);
      expect(closed.headers['docker-content-digest']).toBe(digest);
      await expectReadable('team/app', digest, bytes);
    },
  );

  it('of sha512 go with a single POST, and are checked', async () => {
    const bytes = freshBytes();
    const digest = digestOf(bytes, 'sha512');
    const uploads = '/v2/team/app/blobs/uploads/';
    expect((await registry.admin.post(`${uploads}?digest=${digest}`, bytes)).status).toBe(201);
    await expectReadable('team/app', digest, bytes);
    const wrong = await registry.admin.post(`${uploads}?digest=${digest}`, freshBytes());
    expect([wrong.status, errorCode(wrong)]).toEqual([400, 'DIGEST_INVALID']);
  });

  it('of an unknown algorithm are refused when the upload begins', async () => {
    const answer = await registry.admin.post('/v2/team/app/blobs/uploads/?digest-algorithm=md5');
    expect([answer.status, errorCode(answer)]).toEqual([400, 'DIGEST_INVALID']);
  });

  it('of two algorithms name one stored copy when an upload computes both', async () => {
    const bytes = freshBytes();
    const [short, long] = [digestOf(bytes), digestOf(bytes, 'sha512')];
    await registry.admin.pushBlob('team/both', bytes);
    const location = await registry.admin.startUpload('team/both');
    expect((await registry.admin.put(`${location}?digest=${long}`, bytes)).status).toBe(201);
    const rows = await Promise.all([short, long].map((digest) => registry.store.findBlobRow(digest)));
    expect(rows[0]).toEqual(rows[1]);
    expect((await registry.store.listObjects()).filter((key) => key === rows[0]?.storage_key)).toHaveLength(1);
    for (const digest of [short, long]) await expectReadable('team/both', digest, bytes);
  });

  // Found by reading: a copy for each algorithm, and then an upload that computes both, linked the repository to the copy
  // that does not bear the name which the client was told.
  it('of two algorithms whose copies came separately are readable where an upload has acknowledged them', async () => {
    const bytes = freshBytes();
    const [short, long] = [digestOf(bytes), digestOf(bytes, 'sha512')];
    await registry.admin.pushBlob('team/first', bytes);
    expect((await registry.admin.post(`/v2/team/first/blobs/uploads/?digest=${long}`, bytes)).status).toBe(201);
    const location = await registry.admin.startUpload('team/second');
    expect((await registry.admin.put(`${location}?digest=${long}`, bytes)).status).toBe(201);
    await expectReadable('team/second', long, bytes);
    const reverse = await registry.admin.startUpload('team/third', '?digest-algorithm=sha512');
    expect((await registry.admin.put(`${reverse}?digest=${short}`, bytes)).status).toBe(201);
    await expectReadable('team/third', short, bytes);
    for (const repository of ['team/first']) {
      await expectReadable(repository, short, bytes);
      await expectReadable(repository, long, bytes);
    }
  });

  it('of both algorithms pushed by eight clients at once are readable by each under the name it was given', async () => {
    for (let round = 0; round < 5; round += 1) {
      const bytes = freshBytes();
      const names = Array.from({ length: 8 }, (_, index) => digestOf(bytes, index % 2 === 0 ? 'sha256' : 'sha512'));
      const push = async (digest: string, index: number) => {
        const repository = `team/race-${round}-${index}`;
        const location = await registry.admin.startUpload(repository, index < 4 ? '' : '?digest-algorithm=sha512');
        expect((await registry.admin.put(`${location}?digest=${digest}`, bytes)).status).toBe(201);
        await expectReadable(repository, digest, bytes);
      };
      await Promise.all(names.map(push));
      for (const [index, digest] of names.entries()) await expectReadable(`team/race-${round}-${index}`, digest, bytes);
    }
  });

  it('of sha512 name a manifest and its tag, and the tag keeps that name', async () => {
    const image = sampleImage();
    for (const blob of image.blobs) await registry.admin.pushBlob('team/app', blob);
    const digest = digestOf(image.bytes, 'sha512');
    const put = await registry.admin.putManifest('team/app', `${digest}?tag=long`, image);
    expect(put.status).toBe(201);
    expect(put.headers).toMatchObject({
      'docker-content-digest': digest,
      location: `/v2/team/app/manifests/${digest}`,
      'oci-tag': 'long',
    });
    for (const reference of ['long', digest]) {
      const pulled = await registry.admin.get(`/v2/team/app/manifests/${reference}`);
      expect(pulled.headers['docker-content-digest']).toBe(digest);
      expect(pulled.body.equals(image.bytes)).toBe(true);
    }
    const other = composeManifest({ schemaVersion: 2, mediaType: image.mediaType, config: {} }, []);
    const wrong = await registry.admin.putManifest('team/app', digest, other);
    expect([wrong.status, errorCode(wrong)]).toEqual([400, 'DIGEST_INVALID']);
  });

  it('of sha512 in the layers of an image are found', async () => {
    const layer = freshBytes();
    const long = digestOf(layer, 'sha512');
    expect((await registry.admin.post(`/v2/team/app/blobs/uploads/?digest=${long}`, layer)).status).toBe(201);
    const image = sampleImage({
      layers: [{ mediaType: 'application/octet-stream', digest: long, size: layer.length }],
    });
    await registry.admin.pushBlob('team/app', image.blobs[0] ?? layer);
    expect((await registry.admin.putManifest('team/app', 'long-layer', image)).status).toBe(201);
    const refused = await registry.admin.delete(`/v2/team/app/blobs/${long}`);
    expect(refused.status).toBe(405);
  });
});
