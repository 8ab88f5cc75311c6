import { randomBytes } from 'node:crypto';
import { pullScope } from '../servers/running-server.ts';
import { assertAnswer, digestOf, type Manifest, type RegistryClient } from './registry-client.ts';

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const TAG = 'latest';
const LAYER_BYTES = [64 * 1024, 8 * 1024, 4 * 1024, 1024];

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** An image of ordinary shape: four layers, a manifest of about a kilobyte. */
export interface SampleImage {
  readonly repository: string;
  readonly tag: string;
  readonly manifest: Manifest;
  readonly blobs: readonly Descriptor[];
  /** The layer of 64 KiB. */
  readonly smallBlob: Descriptor;
}

/** Pushes a fresh image, and makes sure that the registry gives back the very bytes, and refuses wrong ones. */
export async function seedSampleImage(client: RegistryClient, repository: string): Promise<SampleImage> {
  const layers: Descriptor[] = [];
  for (const size of LAYER_BYTES) {
    layers.push({ mediaType: LAYER_TYPE, digest: await client.pushBlob(repository, randomBytes(size)), size });
  }
  const configBytes = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    }),
  );
  const digest = await client.pushBlob(repository, configBytes);
  const config = { mediaType: CONFIG_TYPE, digest, size: configBytes.length };
  const manifest = createManifest(config, layers, {});
  await client.pushManifest(repository, TAG, manifest);
  const [smallBlob] = layers;
  if (smallBlob === undefined) throw new Error('the image has no layer');
  const image = { repository, tag: TAG, manifest, blobs: [config, ...layers], smallBlob };
  await verifySampleImage(client, image);
  return image;
}

/** @param annotations make manifests over the same blobs differ */
export function createManifest(
  config: Descriptor,
  layers: readonly Descriptor[],
  annotations: Readonly<Record<string, string>>,
): Manifest {
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers, annotations }),
  );
  return { mediaType: MANIFEST_TYPE, bytes, digest: digestOf(bytes) };
}

/** @throws Error when the registry does not serve the image as the specification says */
async function verifySampleImage(client: RegistryClient, image: SampleImage): Promise<void> {
  const { repository, tag, manifest, blobs } = image;
  const expected = { digest: manifest.digest, sizeBytes: manifest.bytes.length };
  for (const reference of [tag, manifest.digest]) {
    const path = `/v2/${repository}/manifests/${reference}`;
    await client.mustServe(path, repository, expected);
    const head = await client.ask('HEAD', path, { scope: pullScope(repository) });
    assertAnswer(head, 200, `HEAD ${path}`);
    const { 'docker-content-digest': digest, 'content-length': length } = head.headers;
    if (digest !== manifest.digest || Number(length) !== manifest.bytes.length) {
      throw new Error(`${client.server.name} answered HEAD ${path} with ${digest} and ${length} bytes`);
    }
  }
  for (const { digest, size } of blobs) {
    await client.mustServe(`/v2/${repository}/blobs/${digest}`, repository, { digest, sizeBytes: size });
  }
  const unknown = `/v2/${repository}/manifests/sha256:${'0'.repeat(64)}`;
  assertAnswer(await client.ask('GET', unknown, { scope: pullScope(repository) }), 404, `GET ${unknown}`);
  const wrong = await client.putBlob(repository, randomBytes(100), `sha256:${'0'.repeat(64)}`);
  assertAnswer(wrong, 400, 'PUT of a blob under a wrong digest');
}
