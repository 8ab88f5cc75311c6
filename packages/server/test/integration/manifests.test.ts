import { MEDIA_TYPES } from '@roadstead/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { errorCode, readErrors } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { storedDigest } from './support/registry-store.ts';
import {
  composeManifest,
  describeBlob,
  describeManifest,
  digestOf,
  freshBytes,
  sampleImage,
  sampleIndex,
} from './support/sample-content.ts';

const REPOSITORY = 'team/app';

describe.each(ENGINES)('a manifest on %s', (engine) => {
  let registry: OpenRegistry;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.createProject('team');
  });
  afterAll(() => registry?.close());

  async function findRow(digest: string) {
    const rows = await registry.store.rows('manifests');
    return rows.find((row) => storedDigest(digest).equals(row['digest'] as Buffer));
  }

  it('comes back byte for byte, by tag and by digest, with headers that HEAD and GET agree on', async () => {
    const image = sampleImage();
    // White space and an unknown member survive, since the bytes are kept.
    const bytes = Buffer.from(
      ` \n${JSON.stringify({ ...JSON.parse(image.bytes.toString()), 'x-unknown': [1, {}] }, null, 3)}\n `,
    );
    for (const blob of image.blobs) await registry.admin.pushBlob(REPOSITORY, blob);
    const put = await registry.admin.putManifest(REPOSITORY, 'exact', { bytes, mediaType: image.mediaType });
    const digest = digestOf(bytes);
    expect(put.status).toBe(201);
    expect(put.headers).toMatchObject({
      location: `/v2/${REPOSITORY}/manifests/${digest}`,
      'docker-content-digest': digest,
      'content-length': '0',
    });
    for (const reference of ['exact', digest]) {
      const path = `/v2/${REPOSITORY}/manifests/${reference}`;
      const [got, head] = [await registry.admin.get(path), await registry.admin.head(path)];
      expect(got.body.equals(bytes)).toBe(true);
      expect(head.body.length).toBe(0);
      for (const answer of [got, head]) {
        expect(answer.status).toBe(200);
        expect(answer.headers).toMatchObject({
          'content-type': image.mediaType,
          'content-length': String(bytes.length),
          'docker-content-digest': digest,
          etag: `"${digest}"`,
        });
      }
      const { date, 'x-request-id': id, ...gotHeaders } = got.headers;
      const { date: headDate, 'x-request-id': headId, ...headHeaders } = head.headers;
      expect(headHeaders).toEqual(gotHeaders);
    }
    expect((await findRow(digest))?.['bytes']).toEqual(bytes);
  });

  it('is a 304 for who holds it, and moves on when the tag does', async () => {
    const [first, second] = [sampleImage(), sampleImage()];
    const path = `/v2/${REPOSITORY}/manifests/cached`;
    await registry.admin.pushImage(REPOSITORY, 'cached', first);
    const known = { 'If-None-Match': `"${first.digest}"` };
    expect((await registry.admin.get(path, known)).status).toBe(304);
    await registry.admin.pushImage(REPOSITORY, 'cached', second);
    expect((await registry.admin.get(path, known)).status).toBe(200);
    const history = (await registry.store.rows('tag_history')).filter((row) => row['name'] === 'cached');
    expect(history.map((row) => row['digest'])).toEqual([storedDigest(first.digest), storedDigest(second.digest)]);
  });

  it('goes without Content-Length, chunked', async () => {
    const image = sampleImage();
    for (const blob of image.blobs) await registry.admin.pushBlob(REPOSITORY, blob);
    const put = await registry.admin.put(`/v2/${REPOSITORY}/manifests/chunked`, [image.bytes], {
      'Content-Type': image.mediaType,
    });
    expect(put.status).toBe(201);
  });

  it('sets several tags at once by tag parameters, and says which', async () => {
    const image = sampleImage();
    for (const blob of image.blobs) await registry.admin.pushBlob(REPOSITORY, blob);
    const tags = Array.from({ length: 12 }, (_, index) => `multi-${index}`);
    const query = tags.map((tag) => `tag=${tag}`).join('&');
    const put = await registry.admin.putManifest(REPOSITORY, `${image.digest}?${query}`, image);
    expect(put.status).toBe(201);
    expect(String(put.headers['oci-tag']).split(', ')).toEqual(tags);
    for (const tag of tags) {
      const head = await registry.admin.head(`/v2/${REPOSITORY}/manifests/${tag}`);
      expect(head.headers['docker-content-digest']).toBe(image.digest);
    }
    const bad = await registry.admin.putManifest(REPOSITORY, `${image.digest}?tag=fine&tag=-bad`, image);
    expect([bad.status, errorCode(bad)]).toEqual([400, 'TAG_INVALID']);
    expect((await registry.admin.head(`/v2/${REPOSITORY}/manifests/fine`)).status).toBe(404);
    const many = Array.from({ length: 101 }, (_, index) => `tag=t${index}`).join('&');
    expect((await registry.admin.putManifest(REPOSITORY, `${image.digest}?${many}`, image)).status).toBe(414);
  });

  it('that lists blobs which are not here is refused with their digests, and leaves nothing', async () => {
    const image = sampleImage();
    await registry.admin.pushBlob('team/elsewhere', image.blobs[1] ?? Buffer.alloc(0));
    await registry.admin.pushBlob(REPOSITORY, image.blobs[0] ?? Buffer.alloc(0));
    const put = await registry.admin.putManifest(REPOSITORY, 'incomplete', image);
    expect([put.status, errorCode(put)]).toEqual([404, 'MANIFEST_BLOB_UNKNOWN']);
    expect(readErrors(put)[0]?.detail).toEqual([{ digest: digestOf(image.blobs[1] ?? Buffer.alloc(0)) }]);
    expect(await findRow(image.digest)).toBeUndefined();
    expect((await registry.admin.get(`/v2/${REPOSITORY}/manifests/incomplete`)).status).toBe(404);
  });

  it('that is an index needs its children, in its own repository', async () => {
    const child = sampleImage();
    const index = sampleIndex([describeManifest(child)]);
    await registry.admin.pushImage('team/elsewhere', 'child', child);
    const refused = await registry.admin.putManifest(REPOSITORY, 'index', index);
    expect([refused.status, errorCode(refused)]).toEqual([404, 'MANIFEST_BLOB_UNKNOWN']);
    await registry.admin.pushImage(REPOSITORY, child.digest, child);
    expect((await registry.admin.putManifest(REPOSITORY, 'index', index)).status).toBe(201);
    const nested = sampleIndex([describeManifest(index)]);
    expect((await registry.admin.putManifest(REPOSITORY, 'nested', nested)).status).toBe(201);
  });

  it('may list foreign layers that nobody pushed, and refuses others beside them', async () => {
    const foreign = [
      { ...describeBlob(freshBytes(), MEDIA_TYPES.dockerForeignLayerGzip), urls: ['https://example.com/layer'] },
      describeBlob(freshBytes(), MEDIA_TYPES.ociNonDistributableLayerGzip),
    ];
    const image = sampleImage({ layers: foreign });
    await registry.admin.pushBlob(REPOSITORY, image.blobs[0] ?? Buffer.alloc(0));
    expect((await registry.admin.putManifest(REPOSITORY, 'foreign', image)).status).toBe(201);
    const config = describeBlob(image.blobs[0] ?? Buffer.alloc(0), MEDIA_TYPES.ociImageConfig);
    const mixed = sampleImage({ config, layers: [...foreign, describeBlob(freshBytes())] });
    expect((await registry.admin.putManifest(REPOSITORY, 'mixed', mixed)).status).toBe(404);
  });

  it('is refused when it is malformed, of two minds, of schema 1, or not what its digest says', async () => {
    const image = sampleImage();
    for (const blob of image.blobs) await registry.admin.pushBlob(REPOSITORY, blob);
    const cases: readonly (readonly [string, string, string])[] = [
      ['not JSON', '{', image.mediaType],
      ['an array', '[]', image.mediaType],
      ['schema 1', '{"schemaVersion":1}', MEDIA_TYPES.dockerManifestSchema1],
      ['another type than its header', image.bytes.toString(), MEDIA_TYPES.ociImageIndex],
      [
        'an image and an index',
        JSON.stringify({ ...JSON.parse(image.bytes.toString()), manifests: [] }),
        image.mediaType,
      ],
      ['a member twice', image.bytes.toString().replace('{', '{"config":{},'), image.mediaType],
      ['of no type', image.bytes.toString(), 'text/plain'],
    ];
    const before = await registry.store.count('manifests');
    for (const [what, text, mediaType] of cases) {
      const put = await registry.admin.putManifest(REPOSITORY, 'malformed', { bytes: Buffer.from(text), mediaType });
      expect([put.status, errorCode(put)], what).toEqual([400, 'MANIFEST_INVALID']);
    }
    const wrong = await registry.admin.putManifest(REPOSITORY, digestOf(freshBytes()), image);
    expect([wrong.status, errorCode(wrong)]).toEqual([400, 'DIGEST_INVALID']);
    const reference = await registry.admin.putManifest(REPOSITORY, 'sha256:baddigeststring', image);
    expect([reference.status, errorCode(reference)]).toEqual([400, 'DIGEST_INVALID']);
    const tag = await registry.admin.putManifest(REPOSITORY, `${'t'.repeat(129)}`, image);
    expect([tag.status, errorCode(tag)]).toEqual([400, 'TAG_INVALID']);
    expect(await registry.store.count('manifests')).toBe(before);
  });

  it('whose embedded data contradict their digest is refused', async () => {
    const config = Buffer.from('{}');
    await registry.admin.pushBlob(REPOSITORY, config);
    const describe = (data: string) => ({
      config: { ...describeBlob(config, MEDIA_TYPES.ociImageConfig), data: Buffer.from(data).toString('base64') },
      layers: [],
    });
    expect((await registry.admin.putManifest(REPOSITORY, 'data', sampleImage(describe('{}')))).status).toBe(201);
    const refused = await registry.admin.putManifest(REPOSITORY, 'data', sampleImage(describe('[]')));
    expect([refused.status, errorCode(refused)]).toEqual([400, 'MANIFEST_INVALID']);
  });

  it('that is too large is a 413, by its announced length and by what really comes', async () => {
    const limit = registry.config.maxManifestBytes;
    const large = Buffer.alloc(limit + 1, 0x20);
    const path = `/v2/${REPOSITORY}/manifests/large`;
    const headers = { 'Content-Type': MEDIA_TYPES.ociImageManifest };
    const announced = await registry.admin.put(path, large, headers);
    expect([announced.status, errorCode(announced)]).toEqual([413, 'SIZE_INVALID']);
    const counted = await registry.admin.put(path, [large.subarray(0, 100_000), large.subarray(100_000)], headers);
    expect([counted.status, errorCode(counted)]).toEqual([413, 'SIZE_INVALID']);
    const image = composeManifest(
      {
        schemaVersion: 2,
        mediaType: MEDIA_TYPES.ociImageIndex,
        manifests: [],
        annotations: { padding: 'x'.repeat(limit - 200) },
      },
      [],
    );
    expect((await registry.admin.putManifest(REPOSITORY, 'large', image)).status).toBe(201);
    expect((await registry.admin.get(path)).body.equals(image.bytes)).toBe(true);
  });

  it('that is not there is a 404 of one shape for GET and HEAD', async () => {
    for (const path of [`/v2/${REPOSITORY}/manifests/none`, '/v2/team/never/manifests/none']) {
      const got = await registry.admin.get(path);
      expect([got.status, errorCode(got)]).toEqual([404, 'MANIFEST_UNKNOWN']);
      expect(got.headers['content-type']).toBe('application/json');
      const head = await registry.admin.head(path);
      expect([head.status, head.body.length]).toEqual([404, 0]);
    }
    const digest = digestOf(freshBytes());
    expect((await registry.admin.get(`/v2/${REPOSITORY}/manifests/${digest}`)).status).toBe(404);
  });

  it('without a tag stays, and so does one whose tag moved on (invariant 2)', async () => {
    const [first, second] = [sampleImage(), sampleImage()];
    await registry.admin.pushImage(REPOSITORY, 'moving', first);
    await registry.admin.pushImage(REPOSITORY, 'moving', second);
    await registry.restart();
    expect((await registry.admin.get(`/v2/${REPOSITORY}/manifests/${first.digest}`)).status).toBe(200);
    for (const blob of first.blobs) {
      expect((await registry.admin.head(`/v2/${REPOSITORY}/blobs/${digestOf(blob)}`)).status).toBe(200);
    }
  });
});
