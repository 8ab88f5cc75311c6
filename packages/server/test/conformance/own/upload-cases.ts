import assert from 'node:assert/strict';
import type { ConformanceCase } from './conformance-case.ts';
import { ALGORITHMS, type Algorithm, type Bytes, digestOf, makeBytes } from './content.ts';
import type { Answer } from './registry-client.ts';
import { assertRefused, locationOf, type Repository, withQuery } from './repository.ts';

const CHUNK_BYTES = 1_024;

async function assertStored(repository: Repository, answer: Answer, bytes: Bytes, digest: string): Promise<void> {
  assert.equal(answer.status, 201, answer.body.toString());
  assert.equal(answer.headers.get('docker-content-digest'), digest);
  const stored = await repository.client.ask('GET', locationOf(answer));
  assert.equal(stored.status, 200);
  assert.deepEqual(new Uint8Array(stored.body), bytes);
}

function patch(repository: Repository, location: string, bytes: Bytes, start: number): Promise<Answer> {
  const end = Math.min(start + CHUNK_BYTES, bytes.length);
  return repository.client.ask('PATCH', location, {
    body: bytes.slice(start, end),
    headers: { 'Content-Range': `${start}-${end - 1}`, 'Content-Type': 'application/octet-stream' },
  });
}

function wholeUploads(algorithm: Algorithm): readonly ConformanceCase[] {
  return [
    {
      name: `${algorithm}: POST and PUT store a blob`,
      run: async ({ repository }) => {
        const bytes = makeBytes(512);
        const digest = digestOf(bytes, algorithm);
        const location = await repository.startUpload();
        const answer = await repository.client.ask('PUT', withQuery(location, 'digest', digest), { body: bytes });
        await assertStored(repository, answer, bytes, digest);
      },
    },
    {
      name: `${algorithm}: a single POST stores a blob`,
      run: async ({ repository }) => {
        const bytes = makeBytes(512);
        const digest = digestOf(bytes, algorithm);
        const answer = await repository.ask('POST', `blobs/uploads/?digest=${digest}`, { body: bytes });
        await assertStored(repository, answer, bytes, digest);
      },
    },
    {
      name: `${algorithm}: a streamed PATCH without Content-Range or Content-Length stores a blob`,
      run: async ({ repository }) => {
        const bytes = makeBytes(5_000);
        const digest = digestOf(bytes, algorithm);
        const patched = await repository.client.ask('PATCH', await repository.startUpload(), {
          body: bytes,
          chunked: true,
        });
        assert.equal(patched.status, 202, patched.body.toString());
        const answer = await repository.client.ask('PUT', withQuery(locationOf(patched), 'digest', digest));
        await assertStored(repository, answer, bytes, digest);
      },
    },
  ];
}

function chunkedUploads(algorithm: Algorithm): readonly ConformanceCase[] {
  return [
    {
      name: `${algorithm}: chunks store a blob, and each 202 tells the range`,
      run: async ({ repository }) => {
        const bytes = makeBytes(3 * CHUNK_BYTES - 5);
        const digest = digestOf(bytes, algorithm);
        let location = await repository.startUpload();
        for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
          const answer = await patch(repository, location, bytes, start);
          assert.equal(answer.status, 202, answer.body.toString());
          assert.equal(answer.headers.get('range'), `0-${Math.min(start + CHUNK_BYTES, bytes.length) - 1}`);
          location = locationOf(answer);
        }
        await assertStored(
          repository,
          await repository.client.ask('PUT', withQuery(location, 'digest', digest)),
          bytes,
          digest,
        );
      },
    },
    {
      name: `${algorithm}: a chunk out of order is refused with 416, and the upload goes on`,
      run: async ({ repository }) => {
        const bytes = makeBytes(2 * CHUNK_BYTES);
        const digest = digestOf(bytes, algorithm);
        const first = await patch(repository, await repository.startUpload(), bytes, 0);
        const location = locationOf(first);
        assert.equal((await patch(repository, location, bytes, 0)).status, 416);
        const early = await repository.client.ask('PUT', withQuery(location, 'digest', digest), {
          body: bytes.slice(0, CHUNK_BYTES),
          headers: { 'Content-Range': `0-${CHUNK_BYTES - 1}` },
        });
        assert.equal(early.status, 416);
        const status = await repository.client.ask('GET', location);
        assert.equal(status.status, 204);
        assert.equal(status.headers.get('range'), `0-${CHUNK_BYTES - 1}`);
        const answer = await repository.client.ask('PUT', withQuery(locationOf(status), 'digest', digest), {
          body: bytes.slice(CHUNK_BYTES),
          headers: { 'Content-Range': `${CHUNK_BYTES}-${bytes.length - 1}` },
        });
        await assertStored(repository, answer, bytes, digest);
      },
    },
  ];
}

function closingAndMounting(algorithm: Algorithm): readonly ConformanceCase[] {
  return [
    {
      name: `${algorithm}: bytes that are not the digest's are refused with 400, and nothing is there`,
      run: async ({ repository }) => {
        const digest = digestOf(makeBytes(64), algorithm);
        const wrong = makeBytes(64);
        const location = await repository.startUpload();
        const answers = [
          await repository.ask('POST', `blobs/uploads/?digest=${digest}`, { body: wrong }),
          await repository.client.ask('PUT', withQuery(location, 'digest', digest), { body: wrong }),
        ];
        for (const answer of answers) assertRefused(answer, 400, 'DIGEST_INVALID');
        assert.equal((await repository.ask('HEAD', `blobs/${digest}`)).status, 404);
      },
    },
    {
      name: `${algorithm}: an upload that names its algorithm at the start is closed with it`,
      run: async ({ repository }) => {
        const bytes = makeBytes(700);
        const digest = digestOf(bytes, algorithm);
        const patched = await repository.client.ask(
          'PATCH',
          await repository.startUpload(`?digest-algorithm=${algorithm}`),
          { body: bytes },
        );
        assert.equal(patched.status, 202, patched.body.toString());
        const answer = await repository.client.ask('PUT', withQuery(locationOf(patched), 'digest', digest));
        await assertStored(repository, answer, bytes, digest);
      },
    },
    {
      name: `${algorithm}: a blob is mounted from a repository that the caller may read`,
      run: async ({ repository, other }) => {
        const bytes = makeBytes(300);
        const digest = await other.push(bytes, algorithm);
        const answer = await repository.ask('POST', `blobs/uploads/?mount=${digest}&from=${other.name}`);
        await assertStored(repository, answer, bytes, digest);
      },
    },
    {
      name: `${algorithm}: a blob is mounted without a source`,
      run: async ({ repository, other }) => {
        const bytes = makeBytes(300);
        const digest = await other.push(bytes, algorithm);
        await assertStored(repository, await repository.ask('POST', `blobs/uploads/?mount=${digest}`), bytes, digest);
      },
    },
  ];
}

const GENERAL: readonly ConformanceCase[] = [
  {
    name: 'mounting what is nowhere becomes an upload that can be finished',
    run: async ({ repository, other }) => {
      const bytes = makeBytes(300);
      const digest = digestOf(bytes);
      const answer = await repository.ask('POST', `blobs/uploads/?mount=${digest}&from=${other.name}`);
      assert.equal(answer.status, 202, answer.body.toString());
      const closed = await repository.client.ask('PUT', withQuery(locationOf(answer), 'digest', digest), {
        body: bytes,
      });
      await assertStored(repository, closed, bytes, digest);
    },
  },
  {
    name: 'a cancelled upload is gone',
    run: async ({ repository }) => {
      const location = await repository.startUpload();
      assert.equal((await repository.client.ask('DELETE', location)).status, 204);
      assertRefused(await repository.client.ask('GET', location), 404, 'BLOB_UPLOAD_UNKNOWN');
      assertRefused(
        await repository.client.ask('PATCH', location, { body: makeBytes(10) }),
        404,
        'BLOB_UPLOAD_UNKNOWN',
      );
    },
  },
  {
    name: 'an upload belongs to its repository',
    run: async ({ repository, other }) => {
      const location = (await repository.startUpload()).replace(repository.name, other.name);
      assertRefused(await repository.client.ask('PATCH', location, { body: makeBytes(10) }), 404);
    },
  },
  {
    name: 'an empty upload tells a range that begins at 0',
    run: async ({ repository }) => {
      const status = await repository.client.ask('GET', await repository.startUpload());
      assert.equal(status.status, 204);
      assert.match(status.headers.get('range') ?? '', /^0-/);
    },
  },
  ...['md5:d41d8cd98f00b204e9800998ecf8427e', 'sha256:abc', 'sha256', `sha256:${'A'.repeat(64)}`].map((digest) => ({
    name: `closing an upload with the digest ${digest.slice(0, 20)} is refused with 400`,
    run: async ({ repository }: { repository: Repository }) => {
      const location = await repository.startUpload();
      assertRefused(
        await repository.client.ask('PUT', withQuery(location, 'digest', digest), { body: makeBytes(3) }),
        400,
        'DIGEST_INVALID',
      );
    },
  })),
  {
    name: 'an unknown algorithm at the start of an upload is refused with 400',
    run: async ({ repository }) => {
      assertRefused(await repository.ask('POST', 'blobs/uploads/?digest-algorithm=md5'), 400);
    },
  },
];

export const UPLOAD_CASES: readonly ConformanceCase[] = [
  ...ALGORITHMS.flatMap(wholeUploads),
  ...ALGORITHMS.flatMap(chunkedUploads),
  ...ALGORITHMS.flatMap(closingAndMounting),
  ...GENERAL,
];
