import { createHash } from 'node:crypto';

export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** An image of nothing needs the empty configuration in its repository; an index of nothing needs nothing at all. */
export type ManifestKind = 'image' | 'index';

const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const IMAGE_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** The content of every empty configuration (OCI image specification, "Guidance for an Empty Descriptor"). */
export const EMPTY_CONFIG = Buffer.from('{}');
export const EMPTY_CONFIG_DIGEST = digestOf(EMPTY_CONFIG);

/** A small manifest that no other name gives. */
export function createManifest(kind: ManifestKind, name: string): Manifest {
  const annotations = { 'org.example.write': name };
  const document =
    kind === 'index'
      ? { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [], annotations }
      : { schemaVersion: 2, mediaType: IMAGE_TYPE, ...describeNothing(), annotations };
  const bytes = Buffer.from(JSON.stringify(document));
  return { digest: digestOf(bytes), mediaType: document.mediaType, bytes };
}

function describeNothing(): object {
  const mediaType = 'application/vnd.oci.empty.v1+json';
  const config = { mediaType, digest: EMPTY_CONFIG_DIGEST, size: EMPTY_CONFIG.length };
  return { artifactType: 'application/vnd.example.linearizability', config, layers: [] };
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
