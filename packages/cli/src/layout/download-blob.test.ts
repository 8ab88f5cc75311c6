import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Descriptor, parseDigest } from '@roadstead/oci';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EXIT_CODE } from '../exit-code.ts';
import type { ContentSource } from '../transfer/content-source.ts';
import { downloadBlob } from './download-blob.ts';

const TEXT = 'the content of a blob';
const HEX = createHash('sha256').update(TEXT).digest('hex');
const BLOB: Descriptor = { mediaType: 'text/plain', digest: parseDigest(`sha256:${HEX}`), size: TEXT.length };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'roadstead-download-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A source of `text`, which notes from which bytes on it was read. */
function createSource(text: string): ContentSource & { readonly starts: number[] } {
  const starts: number[] = [];
  const refuse = () => Promise.reject(new Error('not a source of manifests'));
  return {
    starts,
    name: 'test',
    getManifest: refuse,
    listReferrers: refuse,
    async *readBlob(_blob, { startByte, endByte }) {
      starts.push(startByte);
      yield Buffer.from(text.slice(startByte, endByte));
    },
  };
}

async function download(source: ContentSource) {
  let byteCount = 0;
  const onBytes = (count: number) => {
    byteCount += count;
  };
  const options = { file: path.join(folder, 'blob'), partialFolder: folder, onBytes };
  const outcome = await downloadBlob(BLOB, source, options);
  return { outcome, byteCount };
}

const partial = () => path.join(folder, `sha256-${HEX}`);

test('a blob appears under its name when it is complete', async () => {
  expect(await download(createSource(TEXT))).toEqual({ outcome: 'transferred', byteCount: TEXT.length });
  expect(await readdir(folder)).toEqual(['blob']);
  expect(await readFile(path.join(folder, 'blob'), 'utf8')).toBe(TEXT);
});

test('an earlier beginning is continued', async () => {
  await writeFile(partial(), TEXT.slice(0, 7));
  const source = createSource(TEXT);
  expect(await download(source)).toEqual({ outcome: 'transferred', byteCount: TEXT.length });
  expect(source.starts).toEqual([7]);
});

test.each([
  ['broken', 'THE CON'],
  ['too long', `${TEXT}${TEXT}`],
])('an earlier beginning that is %s does no harm', async (_what, text) => {
  await writeFile(partial(), text);
  expect(await download(createSource(TEXT))).toEqual({ outcome: 'transferred', byteCount: TEXT.length });
  expect(await readFile(path.join(folder, 'blob'), 'utf8')).toBe(TEXT);
});

test('other content ends with exit code 6, and nothing is left of it', async () => {
  const source = createSource('THE CONTENT OF A BLOB');
  await expect(download(source)).rejects.toMatchObject({ exitCode: EXIT_CODE.verification });
  expect(await readdir(folder)).toEqual([]);
});

test('a blob that is there is not read again, unless it is broken', async () => {
  await writeFile(path.join(folder, 'blob'), TEXT);
  const source = createSource(TEXT);
  expect((await download(source)).outcome).toBe('present');
  await writeFile(path.join(folder, 'blob'), TEXT.toUpperCase());
  expect((await download(source)).outcome).toBe('transferred');
  expect(await readFile(path.join(folder, 'blob'), 'utf8')).toBe(TEXT);
});
