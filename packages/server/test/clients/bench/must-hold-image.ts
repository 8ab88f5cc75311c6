import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { DescriptorJson, ManifestJson } from './registry.ts';

function readBlob(folder: string, digest: string): Buffer {
  const bytes = readFileSync(path.join(folder, 'blobs', 'sha256', digest.slice('sha256:'.length)));
  assert.equal(`sha256:${createHash('sha256').update(bytes).digest('hex')}`, digest, 'a pulled blob is not whole');
  return bytes;
}

function readTree(folder: string, root: DescriptorJson): void {
  const bytes = readBlob(folder, root.digest);
  if (!/manifest|index/.test(root.mediaType)) return;
  const { config, layers = [], manifests = [] } = JSON.parse(bytes.toString()) as ManifestJson;
  for (const child of [...(config ? [config] : []), ...layers, ...manifests]) readTree(folder, child);
}

/** Asserts that an OCI image layout holds a manifest, whole down to the last layer. */
export function mustHoldImage(folder: string, digest: string): void {
  const { manifests = [] } = JSON.parse(readFileSync(path.join(folder, 'index.json'), 'utf8')) as ManifestJson;
  const root = manifests.find((entry) => entry.digest === digest);
  assert.ok(root, `what was pulled is ${manifests.map((entry) => entry.digest).join(', ')}, not ${digest}`);
  readTree(folder, root);
}
