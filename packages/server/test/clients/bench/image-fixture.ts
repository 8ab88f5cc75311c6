import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { tarArchive } from './tar-archive.ts';

const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string };
}

/** What an OCI image layout contains under the one tag `v1`. */
export interface LayoutFixture {
  readonly layout: string;
  readonly root: Descriptor;
}

export interface ImageFixture extends LayoutFixture {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly diffIds: readonly string[];
  /** Content of /message.txt in the image. */
  readonly message: string;
}

export interface ImageFixtures {
  readonly amd64: ImageFixture;
  readonly arm64: ImageFixture;
  /** An index of the two. */
  readonly multi: LayoutFixture;
}

type Blobs = Map<string, Buffer>;

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function addBlob(blobs: Blobs, mediaType: string, bytes: Buffer): Descriptor {
  const digest = sha256(bytes);
  blobs.set(digest, bytes);
  return { mediaType, digest, size: bytes.length };
}

function addJson(blobs: Blobs, mediaType: string, value: unknown): Descriptor {
  return addBlob(blobs, mediaType, Buffer.from(JSON.stringify(value)));
}

function writeLayout(folder: string, root: Descriptor, blobs: Blobs): void {
  const blobFolder = path.join(folder, 'blobs', 'sha256');
  mkdirSync(blobFolder, { recursive: true });
  for (const [digest, bytes] of blobs) writeFileSync(path.join(blobFolder, digest.slice('sha256:'.length)), bytes);
  writeFileSync(path.join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const tagged = { ...root, annotations: { 'org.opencontainers.image.ref.name': 'v1' } };
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [tagged] };
  writeFileSync(path.join(folder, 'index.json'), JSON.stringify(index));
}

interface ImageRecipe {
  readonly architecture: string;
  readonly message: string;
  readonly layers: readonly Buffer[];
}

function buildImage(folder: string, recipe: ImageRecipe): { image: ImageFixture; blobs: Blobs } {
  const blobs: Blobs = new Map();
  const layers = recipe.layers.map((tar) => addBlob(blobs, mediaTypes.layer, gzipSync(tar, { level: 1 })));
  const diffIds = recipe.layers.map(sha256);
  const config = addJson(blobs, mediaTypes.config, {
    created: '2026-01-01T00:00:00Z',
    architecture: recipe.architecture,
    os: 'linux',
    config: { Cmd: ['/message.txt'], Labels: { 'example.roadstead.message': recipe.message } },
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: diffIds.map(() => ({ created: '2026-01-01T00:00:00Z', created_by: 'image-fixture' })),
  });
  const manifest = addJson(blobs, mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config,
    layers,
  });
  const root = { ...manifest, platform: { architecture: recipe.architecture, os: 'linux' } };
  writeLayout(folder, root, blobs);
  return { image: { layout: folder, root, config, layers, diffIds, message: recipe.message }, blobs };
}

/** An image of one layer that no compression shrinks, large enough to be cut half-way; unlike every other image. */
export function createBigImage(folder: string): ImageFixture {
  const message = 'hello from a big image\n';
  const layer = tarArchive([
    { name: 'message.txt', content: Buffer.from(message) },
    { name: 'big.bin', content: randomBytes(8 * 1024 * 1024) },
  ]);
  return buildImage(folder, { architecture: 'amd64', message, layers: [layer] }).image;
}

/**
 * Builds the images that the clients push, byte by byte and anew for each run (part of the content is random), so that
 * no upload is saved by what an earlier run left behind.
 */
export function createImageFixtures(folder: string): ImageFixtures {
  const base = tarArchive([{ name: 'base.bin', content: randomBytes(64 * 1024) }]);
  const platformImage = (architecture: string): { image: ImageFixture; blobs: Blobs } => {
    const message = `hello from ${architecture} ${randomBytes(4).toString('hex')}\n`;
    const own = tarArchive([
      { name: 'message.txt', content: Buffer.from(message) },
      { name: 'own.bin', content: randomBytes(768 * 1024) },
    ]);
    return buildImage(path.join(folder, architecture), { architecture, message, layers: [base, own] });
  };
  const amd64 = platformImage('amd64');
  const arm64 = platformImage('arm64');
  const blobs: Blobs = new Map([...amd64.blobs, ...arm64.blobs]);
  const root = addJson(blobs, mediaTypes.index, {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [amd64.image.root, arm64.image.root],
  });
  const multi = { layout: path.join(folder, 'multi'), root };
  writeLayout(multi.layout, root, blobs);
  return { amd64: amd64.image, arm64: arm64.image, multi };
}
