import { createHash, randomBytes } from 'node:crypto';
import { MEDIA_TYPES } from '@roadstead/oci';

/** A manifest with the blobs that it lists, ready to be pushed. */
export interface SampleManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: string;
  readonly blobs: readonly Buffer[];
}

export interface SampleDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [field: string]: unknown;
}

export function digestOf(bytes: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** Bytes that no other test has. */
export function freshBytes(size = 1_024): Buffer {
  return randomBytes(size);
}

export function describeBlob(bytes: Uint8Array, mediaType: string = MEDIA_TYPES.ociLayer): SampleDescriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

export function describeManifest(manifest: SampleManifest): SampleDescriptor {
  return { mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.length };
}

/** An image with a config and one layer of its own; `fields` join the document. */
export function sampleImage(fields: Readonly<Record<string, unknown>> = {}): SampleManifest {
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', nonce: randomBytes(8).toString('hex') }),
  );
  const layer = freshBytes();
  const document = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociImageManifest,
    config: describeBlob(config, MEDIA_TYPES.ociImageConfig),
    layers: [describeBlob(layer)],
    ...fields,
  };
  return composeManifest(document, [config, layer]);
}

export function sampleIndex(
  entries: readonly SampleDescriptor[],
  fields: Readonly<Record<string, unknown>> = {},
): SampleManifest {
  const nonce = { annotations: { nonce: randomBytes(8).toString('hex') } };
  return composeManifest(
    { schemaVersion: 2, mediaType: MEDIA_TYPES.ociImageIndex, manifests: entries, ...nonce, ...fields },
    [],
  );
}

/** @param blobs what has to be pushed first */
export function composeManifest(
  document: { readonly mediaType: string; readonly [field: string]: unknown },
  blobs: readonly Buffer[],
): SampleManifest {
  const bytes = Buffer.from(JSON.stringify(document));
  return { bytes, mediaType: document.mediaType, digest: digestOf(bytes), blobs };
}
