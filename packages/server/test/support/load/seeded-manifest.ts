import type { LedgerBlob } from '../ledger/ledger-event.ts';
import { digestOf } from './seeded-blob.ts';

export const IMAGE_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';

export interface LoadManifest {
  readonly digest: string;
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly blobs: readonly LedgerBlob[];
  readonly manifests: readonly LoadManifest[];
}

/** @param name makes the manifest different from all others that list the same */
export function describeImage(
  config: LedgerBlob,
  layers: readonly LedgerBlob[],
  name: string,
  options: { readonly ballastBytes?: number; readonly subject?: object } = {},
): LoadManifest {
  const document = {
    schemaVersion: 2,
    ...(options.subject === undefined ? {} : { subject: options.subject }),
    mediaType: IMAGE_TYPE,
    config: { mediaType: CONFIG_TYPE, digest: config.digest, size: config.sizeBytes },
    layers: layers.map(({ digest, sizeBytes: size }) => ({ mediaType: LAYER_TYPE, digest, size })),
    annotations: { 'org.example.name': name, 'org.example.ballast': 'x'.repeat(options.ballastBytes ?? 0) },
  };
  return seal(document, IMAGE_TYPE, { blobs: [config, ...layers], manifests: [] });
}

export function describeIndex(manifests: readonly LoadManifest[], name: string): LoadManifest {
  const document = {
    schemaVersion: 2,
    mediaType: INDEX_TYPE,
    manifests: manifests.map(({ mediaType, digest, bytes }) => ({ mediaType, digest, size: bytes.length })),
    annotations: { 'org.example.name': name },
  };
  return seal(document, INDEX_TYPE, { blobs: [], manifests });
}

function seal(document: unknown, mediaType: string, listed: Pick<LoadManifest, 'blobs' | 'manifests'>): LoadManifest {
  const bytes = Buffer.from(JSON.stringify(document));
  return { digest: digestOf(bytes), bytes, mediaType, ...listed };
}
