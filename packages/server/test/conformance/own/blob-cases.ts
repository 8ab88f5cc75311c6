import assert from 'node:assert/strict';
import type { ConformanceCase } from './conformance-case.ts';
import { ALGORITHMS, type Bytes, digestOf, makeBytes } from './content.ts';
import { assertRefused } from './repository.ts';

const WELL_KNOWN: readonly { readonly label: string; readonly bytes: Bytes }[] = [
  { label: 'the empty blob', bytes: new Uint8Array(0) },
  { label: 'the blob {}', bytes: new Uint8Array(Buffer.from('{}')) },
  { label: 'a blob of 100 KB', bytes: makeBytesOnce() },
];

/** Fixed bytes: a module must not be random when it is imported. */
function makeBytesOnce(): Bytes {
  return Uint8Array.from({ length: 100_000 }, (_, index) => (index * 31) % 251);
}

const EXISTENCE: readonly ConformanceCase[] = ALGORITHMS.flatMap((algorithm) =>
  WELL_KNOWN.map(({ label, bytes }) => ({
    name: `${algorithm}: ${label} can be pushed, asked for, read, deleted and pushed again`,
    run: async ({ repository }) => {
      for (let round = 0; round < 2; round += 1) {
        const digest = await repository.push(bytes, algorithm);
        const head = await repository.ask('HEAD', `blobs/${digest}`);
        const read = await repository.ask('GET', `blobs/${digest}`);
        for (const answer of [head, read]) {
          assert.equal(answer.status, 200);
          assert.equal(answer.headers.get('content-length'), String(bytes.length));
          assert.equal(answer.headers.get('docker-content-digest'), digest);
        }
        assert.deepEqual(new Uint8Array(read.body), bytes);
        assert.equal((await repository.ask('DELETE', `blobs/${digest}`)).status, 202);
        assert.equal((await repository.ask('HEAD', `blobs/${digest}`)).status, 404);
        assertRefused(await repository.ask('GET', `blobs/${digest}`), 404, 'BLOB_UNKNOWN');
      }
    },
  })),
);

const SIZE = 2_048;
const RANGES = [
  { asked: '500-1499', start: 500, end: 1_499 },
  { asked: '500-', start: 500, end: SIZE - 1 },
  { asked: '-500', start: SIZE - 500, end: SIZE - 1 },
  { asked: '2000-5000', start: 2_000, end: SIZE - 1 },
  { asked: '0-0', start: 0, end: 0 },
] as const;

const RANGE_CASES: readonly ConformanceCase[] = ALGORITHMS.flatMap((algorithm) => [
  ...RANGES.map(({ asked, start, end }) => ({
    name: `${algorithm}: the range ${asked} of a blob is sent as 206`,
    run: async ({ repository }: Parameters<ConformanceCase['run']>[0]) => {
      const bytes = makeBytes(SIZE);
      const digest = await repository.push(bytes, algorithm);
      const answer = await repository.ask('GET', `blobs/${digest}`, { headers: { Range: `bytes=${asked}` } });
      assert.equal(answer.status, 206);
      assert.equal(answer.headers.get('content-range'), `bytes ${start}-${end}/${SIZE}`);
      assert.equal(answer.headers.get('content-length'), String(end - start + 1));
      assert.deepEqual(new Uint8Array(answer.body), bytes.slice(start, end + 1));
    },
  })),
  ...['500-0', '5000-10000'].map((asked) => ({
    name: `${algorithm}: the range ${asked} of a blob of 2,048 bytes is refused with a complete 416`,
    run: async ({ repository }: Parameters<ConformanceCase['run']>[0]) => {
      const digest = await repository.push(makeBytes(SIZE), algorithm);
      const answer = await repository.ask('GET', `blobs/${digest}`, { headers: { Range: `bytes=${asked}` } });
      assert.equal(answer.status, 416);
    },
  })),
]);

export const BLOB_CASES: readonly ConformanceCase[] = [
  ...EXISTENCE,
  ...RANGE_CASES,
  {
    name: 'a blob that was never pushed is 404',
    run: async ({ repository }) => {
      assertRefused(
        await repository.ask('GET', `blobs/${digestOf(makeBytes(9))}`),
        404,
        'BLOB_UNKNOWN',
        'NAME_UNKNOWN',
      );
    },
  },
  {
    name: 'a blob of one repository is not in another',
    run: async ({ repository, other }) => {
      const digest = await other.push(makeBytes(64));
      await repository.push(makeBytes(64));
      assert.equal((await repository.ask('HEAD', `blobs/${digest}`)).status, 404);
    },
  },
  {
    name: 'a blob that a manifest lists is not deleted until the manifest is',
    run: async ({ repository }) => {
      const image = await repository.pushImage();
      const { layers } = JSON.parse(Buffer.from(image.bytes).toString()) as { layers: readonly { digest: string }[] };
      const layer = layers[0]?.digest ?? '';
      const refused = await repository.ask('DELETE', `blobs/${layer}`);
      assertRefused(refused, 405);
      assert.ok(refused.body.toString().includes(image.descriptor.digest), 'the message names no manifest');
      assert.equal((await repository.ask('DELETE', `manifests/${image.descriptor.digest}`)).status, 202);
      assert.equal((await repository.ask('DELETE', `blobs/${layer}`)).status, 202);
    },
  },
];
