import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseDigest } from '@roadstead/oci';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeLayout, type TestLayout } from '../../test/support/make-layout.ts';
import { openLayoutReader } from '../layout/read-layout.ts';
import { collectClosure } from './collect-closure.ts';

let folder: string;
let layout: TestLayout;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'roadstead-closure-'));
  layout = await makeLayout(folder, { layerBytes: 100 });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function collect(referrers: boolean) {
  await using reader = await openLayoutReader(folder);
  const root = await reader.source.getManifest(parseDigest(layout.index.digest));
  return collectClosure(reader.source, root, { referrers });
}

test('what an index lists comes before it, and each blob is there once', async () => {
  const { manifests, blobs } = await collect(false);
  expect(manifests.map(({ digest }) => digest)).toEqual([...layout.images, layout.index].map(({ digest }) => digest));
  expect(blobs).toHaveLength(4);
});

test('referrers come after their subject, with their blobs', async () => {
  const { manifests, blobs } = await collect(true);
  expect(manifests.at(-1)?.digest).toBe(layout.referrer.digest);
  expect(blobs).toHaveLength(6);
});

test('a layout that lacks a manifest is refused with its digest', async () => {
  await rm(path.join(folder, 'blobs/sha256', layout.images[0]?.digest.slice(7) ?? ''));
  await expect(collect(false)).rejects.toThrow(layout.images[0]?.digest);
});
