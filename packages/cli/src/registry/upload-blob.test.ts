import { createHash } from 'node:crypto';
import { parseDigest } from '@roadstead/oci';
import { expect, test } from 'vitest';
import { createBytes } from '../../test/support/make-layout.ts';
import { openTestConnection } from '../../test/support/open-test-connection.ts';
import { serveHttp } from '../../test/support/serve-http.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { BlobToUpload } from './blob-to-upload.ts';
import { openRepository } from './repository.ts';
import { uploadBlob } from './upload-blob.ts';

const BYTES = createBytes(1000, 3);
const BLOB: BlobToUpload = {
  digest: parseDigest(`sha256:${createHash('sha256').update(BYTES).digest('hex')}`),
  size: BYTES.byteLength,
  async *open({ startByte, endByte }) {
    yield BYTES.subarray(startByte, endByte);
  },
};

interface Registry {
  /** What the upload holds. */
  stored: Buffer;
  readonly chunks: string[];
  closed: boolean;
}

/** A registry with one upload. `breakChunk` gets the number of the PATCH and says how many of its bytes are lost. */
async function serveUploads(registry: Registry, breakChunk: (chunk: number) => number, status = 202) {
  return serveHttp((request, response) => {
    const range = registry.stored.byteLength === 0 ? '0-0' : `0-${registry.stored.byteLength - 1}`;
    const headers = { location: '/v2/acme/app/blobs/uploads/1?state=x', range };
    if (request.method === 'HEAD') return void response.writeHead(registry.closed ? 200 : 404).end();
    if (request.method === 'POST')
      return void response.writeHead(202, { ...headers, 'oci-chunk-min-length': '300' }).end();
    if (request.method === 'GET') return void response.writeHead(204, headers).end();
    if (request.method === 'PUT') {
      registry.stored = Buffer.concat([registry.stored, request.body ?? Buffer.alloc(0)]);
      registry.closed = true;
      return void response.writeHead(201).end();
    }
    registry.chunks.push(request.headers['content-range'] ?? '');
    const body = request.body ?? Buffer.alloc(0);
    const lost = breakChunk(registry.chunks.length);
    registry.stored = Buffer.concat([registry.stored, body.subarray(0, body.byteLength - lost)]);
    if (lost > 0) return void response.destroy();
    response.writeHead(status, { ...headers, range: `0-${registry.stored.byteLength - 1}` }).end();
  });
}

async function upload(fixture: Awaited<ReturnType<typeof serveUploads>>, chunkBytes: number) {
  const repository = openRepository(openTestConnection(fixture), 'acme/app', ['pull', 'push']);
  let reportedBytes = 0;
  const onBytes = (byteCount: number) => {
    reportedBytes += byteCount;
  };
  const outcome = await uploadBlob(repository, BLOB, { chunkBytes, onBytes });
  return { outcome, reportedBytes };
}

function emptyRegistry(): Registry {
  return { stored: Buffer.alloc(0), chunks: [], closed: false };
}

test('a large blob goes in chunks that are no smaller than the registry asks', async () => {
  const registry = emptyRegistry();
  await using fixture = await serveUploads(registry, () => 0);
  expect(await upload(fixture, 100)).toEqual({ outcome: 'uploaded', reportedBytes: 1000 });
  expect(registry.chunks).toEqual(['0-299', '300-599', '600-899', '900-999']);
  expect(registry.stored.equals(BYTES)).toBe(true);
});

test('after a broken chunk the upload goes on from the byte that the registry names', async () => {
  const registry = emptyRegistry();
  await using fixture = await serveUploads(registry, (chunk) => (chunk === 2 ? 250 : 0));
  expect(await upload(fixture, 300)).toEqual({ outcome: 'uploaded', reportedBytes: 1000 });
  expect(registry.chunks).toEqual(['0-299', '300-599', '350-649', '650-949', '950-999']);
  expect(registry.stored.equals(BYTES)).toBe(true);
});

test('chunks of which no byte ever arrives end with exit code 5', async () => {
  const registry = emptyRegistry();
  await using fixture = await serveUploads(registry, () => 300);
  await expect(upload(fixture, 300)).rejects.toMatchObject({ exitCode: EXIT_CODE.network });
});

test('a chunk that is refused for good is not repeated', async () => {
  const registry = emptyRegistry();
  await using fixture = await serveUploads(registry, () => 0, 413);
  await expect(upload(fixture, 300)).rejects.toMatchObject({ exitCode: EXIT_CODE.failure });
  expect(registry.chunks).toHaveLength(1);
});

test('a small blob goes in one piece', async () => {
  const registry = emptyRegistry();
  await using fixture = await serveUploads(registry, () => 0);
  expect(await upload(fixture, 1000)).toEqual({ outcome: 'uploaded', reportedBytes: 1000 });
  const put = fixture.requests.find(({ method }) => method === 'PUT');
  expect(put?.url).toBe(`/v2/acme/app/blobs/uploads/1?state=x&digest=${encodeURIComponent(BLOB.digest)}`);
  expect(put?.headers['content-length']).toBe('1000');
});
