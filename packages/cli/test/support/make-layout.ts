import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar';

export interface TestDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
}

export interface TestLayout {
  readonly folder: string;
  /** The index over both platforms, named `v1` in the layout. */
  readonly index: TestDescriptor;
  readonly images: readonly TestDescriptor[];
  /** Refers to the index. */
  readonly referrer: TestDescriptor;
  readonly layers: readonly TestDescriptor[];
}

export interface TestLayoutOptions {
  /** Other seeds give other content. */
  readonly seed?: number;
  /** Bytes of the layer of each platform. */
  readonly layerBytes?: number;
}

/** Writes an image layout: an index of two platforms with one layer each, and an SBOM that refers to it. */
export async function makeLayout(folder: string, options: TestLayoutOptions = {}): Promise<TestLayout> {
  const { seed = 1, layerBytes = 100_000 } = options;
  const put = (mediaType: string, content: unknown) => putBlob(folder, mediaType, content);
  const layers: TestDescriptor[] = [];
  const images: TestDescriptor[] = [];
  for (const [number, architecture] of ['amd64', 'arm64'].entries()) {
    const layer = await put(LAYER_TYPE, createBytes(layerBytes, seed * 10 + number));
    const config = await put(CONFIG_TYPE, { os: 'linux', architecture, seed });
    const image = await put(MANIFEST_TYPE, { schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers: [layer] });
    layers.push(layer);
    images.push({ ...image, platform: { os: 'linux', architecture } });
  }
  const index = await put(INDEX_TYPE, { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: images });
  const referrer = await putReferrer(put, index, seed);
  const named = { ...index, annotations: { 'org.opencontainers.image.ref.name': 'v1' } };
  await writeFile(path.join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(path.join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named, referrer] }));
  return { folder, index, images, referrer, layers };
}

type Put = (mediaType: string, content: unknown) => Promise<TestDescriptor>;

async function putReferrer(put: Put, subject: TestDescriptor, seed: number): Promise<TestDescriptor> {
  const config = await put('application/vnd.oci.empty.v1+json', {});
  const sbom = await put('application/spdx+json', { spdxVersion: 'SPDX-2.3', seed });
  const artifactType = 'application/spdx+json';
  const manifest = { schemaVersion: 2, mediaType: MANIFEST_TYPE, artifactType, config, layers: [sbom], subject };
  return put(MANIFEST_TYPE, manifest);
}

async function putBlob(folder: string, mediaType: string, content: unknown): Promise<TestDescriptor> {
  const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
  const hex = createHash('sha256').update(bytes).digest('hex');
  await mkdir(path.join(folder, 'blobs/sha256'), { recursive: true });
  await writeFile(path.join(folder, 'blobs/sha256', hex), bytes);
  return { mediaType, digest: `sha256:${hex}`, size: bytes.byteLength };
}

/** Bytes that look random and are the same for the same seed (xorshift32). */
export function createBytes(byteCount: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(byteCount / 4));
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let index = 0; index < words.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, byteCount);
}
