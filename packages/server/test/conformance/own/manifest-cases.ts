import assert from 'node:assert/strict';
import type { ConformanceCase, Ground } from './conformance-case.ts';
import {
  ALGORITHMS,
  type Algorithm,
  CONFIG_TYPE,
  type Descriptor,
  type Document,
  describe,
  digestOf,
  IMAGE_TYPE,
  INDEX_TYPE,
  LAYER_TYPE,
  makeBytes,
  makeDocument,
  makeImage,
  makeIndex,
} from './content.ts';
import { assertRefused, locationOf, type Repository } from './repository.ts';

async function assertServed(repository: Repository, reference: string, document: Document): Promise<void> {
  const head = await repository.ask('HEAD', `manifests/${reference}`);
  const read = await repository.ask('GET', `manifests/${reference}`);
  for (const answer of [head, read]) {
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), document.descriptor.mediaType);
    assert.equal(answer.headers.get('content-length'), String(document.bytes.length));
    assert.equal(answer.headers.get('docker-content-digest'), document.descriptor.digest);
  }
  assert.deepEqual(new Uint8Array(read.body), document.bytes);
}

type Build = (ground: Ground) => Promise<Document>;

const imageWith =
  (extra: object): Build =>
  async ({ repository }) =>
    makeImage(await repository.pushConfig(), [await repository.pushLayer()], extra);

/** Everything that a repository has to keep byte for byte. */
const KINDS: Readonly<Record<string, Build>> = {
  'an image': imageWith({}),
  'an image with fields that nobody knows': imageWith({ 'org.example.unknown': { deep: [1, 2, 3] } }),
  'an image of almost 4 MB': imageWith({ annotations: { large: 'A'.repeat(3_900_000) } }),
  'an image without layers': async ({ repository }) => makeImage(await repository.pushConfig(), []),
  'an artifact': imageWith({ artifactType: 'application/vnd.example.thing' }),
  'an image with data in a descriptor': async ({ repository }) => {
    const bytes = makeBytes(90);
    await repository.push(bytes);
    return makeImage(await repository.pushConfig(), [
      { ...describe(bytes, LAYER_TYPE), data: Buffer.from(bytes).toString('base64') },
    ]);
  },
  'an image with a layer that lives elsewhere': async ({ repository }) => {
    const foreign: Descriptor = {
      ...describe(makeBytes(40), 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'),
      urls: ['https://example.com/layer'],
    };
    return makeImage(await repository.pushConfig(), [foreign, await repository.pushLayer()]);
  },
  'an image without a media type of its own': async ({ repository }) =>
    makeDocument({ schemaVersion: 2, config: await repository.pushConfig(), layers: [] }, IMAGE_TYPE),
  'an index': async ({ repository }) => makeIndex([(await repository.pushImage()).descriptor]),
  'an empty index': async () => makeIndex([]),
  'an index of an index': async ({ repository }) => {
    const inner = makeIndex([(await repository.pushImage()).descriptor]);
    await repository.mustPut(inner);
    return makeIndex([inner.descriptor]);
  },
  'an index with a missing child, sparse': async ({ repository }) =>
    makeIndex([(await repository.pushImage()).descriptor, describe(makeBytes(70), IMAGE_TYPE)]),
  'an image with a missing layer, sparse': async ({ repository }) =>
    makeImage(await repository.pushConfig(), [describe(makeBytes(70), LAYER_TYPE)]),
  'a Docker image': async ({ repository }) => {
    const type = 'application/vnd.docker.distribution.manifest.v2+json';
    const config = { ...(await repository.pushConfig()), mediaType: 'application/vnd.docker.container.image.v1+json' };
    return makeDocument({ schemaVersion: 2, mediaType: type, config, layers: [] }, type);
  },
};

const BYTE_FOR_BYTE: readonly ConformanceCase[] = Object.entries(KINDS).map(([label, build]) => ({
  name: `${label} is kept byte for byte, by tag and by digest`,
  run: async (ground) => {
    const document = await build(ground);
    const answer = await ground.repository.put('latest', document, { chunked: true });
    assert.equal(answer.status, 201, answer.body.toString());
    assert.equal(answer.headers.get('docker-content-digest'), document.descriptor.digest);
    assert.equal((await ground.repository.client.ask('GET', locationOf(answer))).status, 200);
    await assertServed(ground.repository, 'latest', document);
    await assertServed(ground.repository, document.descriptor.digest, document);
  },
}));

function algorithmCases(algorithm: Algorithm): readonly ConformanceCase[] {
  return [
    {
      name: `${algorithm}: a manifest pushed by digest with tags is served under each of them`,
      run: async ({ repository }) => {
        const config = await repository.pushConfig(algorithm);
        const image = makeImage(config, [await repository.pushLayer(algorithm)], {}, algorithm);
        const tags = Array.from({ length: 10 }, (_, index) => `tag-${index}`);
        const query = tags.map((tag) => `tag=${tag}`).join('&');
        const answer = await repository.put(`${image.descriptor.digest}?${query}`, image);
        assert.equal(answer.status, 201, answer.body.toString());
        const told = (answer.headers.get('oci-tag') ?? '').split(',').map((tag) => tag.trim());
        assert.deepEqual(told.sort(), tags);
        for (const tag of tags) await assertServed(repository, tag, image);
      },
    },
    {
      name: `${algorithm}: an index of images is served under the digest it was pushed with`,
      run: async ({ repository }) => {
        const child = await repository.pushImage({ algorithm });
        const index = makeIndex([child.descriptor], {}, algorithm);
        await repository.mustPut(index);
        await assertServed(repository, index.descriptor.digest, index);
        await assertServed(repository, child.descriptor.digest, child);
      },
    },
    {
      name: `${algorithm}: a manifest that is not its digest is refused with 400`,
      run: async ({ repository }) => {
        const image = makeImage(await repository.pushConfig(algorithm), [], {}, algorithm);
        const other = { ...image, bytes: new Uint8Array([...image.bytes, 0x20]) };
        assertRefused(await repository.put(image.descriptor.digest, other), 400, 'DIGEST_INVALID');
        assert.equal((await repository.ask('HEAD', `manifests/${image.descriptor.digest}`)).status, 404);
      },
    },
  ];
}

const REFUSALS: readonly ConformanceCase[] = [
  {
    name: 'a manifest that was never pushed is 404, by tag and by digest',
    run: async ({ repository }) => {
      await repository.pushLayer();
      for (const reference of ['missing', digestOf(makeBytes(8))])
        assertRefused(await repository.ask('GET', `manifests/${reference}`), 404, 'MANIFEST_UNKNOWN');
    },
  },
  {
    name: 'the reference sha256:baddigeststring is refused with 400 on PUT and 400 or 404 on GET',
    run: async ({ repository }) => {
      const image = makeImage(await repository.pushConfig(), []);
      assertRefused(await repository.put('sha256:baddigeststring', image), 400);
      assert.ok([400, 404].includes((await repository.ask('GET', 'manifests/sha256:baddigeststring')).status));
    },
  },
  {
    name: 'bytes that are no JSON are refused with MANIFEST_INVALID',
    run: async ({ repository }) => {
      const bytes = new Uint8Array(Buffer.from('{"schemaVersion":2'));
      assertRefused(
        await repository.put('latest', { bytes, descriptor: describe(bytes, IMAGE_TYPE) }),
        400,
        'MANIFEST_INVALID',
      );
    },
  },
  {
    name: 'a manifest of more than the limit is refused with 413',
    run: async ({ repository }) => {
      const image = makeImage(await repository.pushConfig(), [], { annotations: { large: 'A'.repeat(9_000_000) } });
      assertRefused(await repository.put('latest', image), 413);
    },
  },
  {
    name: 'a tag of 129 characters is refused',
    run: async ({ repository }) => {
      const answer = await repository.put('t'.repeat(129), makeImage(await repository.pushConfig(), []));
      assert.ok([400, 404].includes(answer.status), `status ${answer.status}`);
    },
  },
];

const DELETES: readonly ConformanceCase[] = [
  {
    name: 'deleting a tag leaves the manifest, at once',
    run: async ({ repository }) => {
      const image = await repository.pushImage({ reference: 'one' });
      assert.equal((await repository.ask('DELETE', 'manifests/one')).status, 202);
      assert.equal((await repository.ask('HEAD', 'manifests/one')).status, 404);
      await assertServed(repository, image.descriptor.digest, image);
    },
  },
  {
    name: 'deleting a manifest takes its tags with it, at once',
    run: async ({ repository }) => {
      const image = await repository.pushImage({ reference: 'one' });
      await repository.mustPut(image, 'two');
      assert.equal((await repository.ask('DELETE', `manifests/${image.descriptor.digest}`)).status, 202);
      for (const reference of ['one', 'two', image.descriptor.digest])
        assert.equal((await repository.ask('HEAD', `manifests/${reference}`)).status, 404);
      assertRefused(await repository.ask('DELETE', `manifests/${image.descriptor.digest}`), 404, 'MANIFEST_UNKNOWN');
    },
  },
  {
    name: 'a tag moves to the manifest that was pushed last, and the older one stays',
    run: async ({ repository }) => {
      const older = await repository.pushImage({ reference: 'moving' });
      const newer = await repository.pushImage({ reference: 'moving' });
      await assertServed(repository, 'moving', newer);
      await assertServed(repository, older.descriptor.digest, older);
    },
  },
  {
    name: 'an If-None-Match: * does not replace a tag',
    run: async ({ repository }) => {
      const image = await repository.pushImage({ reference: 'taken' });
      const other = makeImage(await repository.pushConfig(), []);
      const answer = await repository.put('taken', other, { headers: { 'If-None-Match': '*' } });
      assert.equal(answer.status, 412, answer.body.toString());
      await assertServed(repository, 'taken', image);
    },
  },
];

export const MANIFEST_CASES: readonly ConformanceCase[] = [
  ...BYTE_FOR_BYTE,
  ...ALGORITHMS.flatMap(algorithmCases),
  ...REFUSALS,
  ...DELETES,
  {
    name: 'a manifest whose media type differs from its content type is refused',
    run: async ({ repository }) => {
      const image = makeImage(await repository.pushConfig(), []);
      const answer = await repository.put('latest', image, { headers: { 'Content-Type': INDEX_TYPE } });
      assertRefused(answer, 400, 'MANIFEST_INVALID');
    },
  },
  {
    name: `a config is served as a blob whatever its media type (${CONFIG_TYPE})`,
    run: async ({ repository }) => {
      const config = await repository.pushConfig();
      assert.equal((await repository.ask('GET', `blobs/${config.digest}`)).status, 200);
    },
  },
];
