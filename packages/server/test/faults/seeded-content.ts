import { createHash } from 'node:crypto';

export type DigestAlgorithm = 'sha256' | 'sha512';

/** What is in the registry before the attack and must be there, unchanged, after it. */
export interface SeededContent {
  /** Private; holds `repository` and nothing of the attack. */
  readonly project: string;
  readonly repository: string;
  /** Of a public project. */
  readonly publicRepository: string;
  /** Accepts pushes of the attack: it holds blobs and a manifest to list, and no tag. */
  readonly scratchRepository: string;
  /** Under this name there is nothing, not even a project. */
  readonly absentProject: string;
  readonly blob: SeededBlob;
  readonly config: SeededBlob;
  readonly wideBlob: SeededBlob;
  readonly markupBlobs: readonly SeededBlob[];
  readonly image: SeededManifest;
  readonly index: SeededManifest;
  readonly artifact: SeededManifest;
  /** An open upload of the repository, with some bytes in it. */
  readonly uploadPath: string;
}

export interface SeededBlob {
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface SeededManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export const IMAGE_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
export const DOCKER_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_LIST_TYPE = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
export const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** Bytes in the seeded upload. */
export const UPLOADED_BYTES = 10;

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

export function blobOf(text: string | Uint8Array, algorithm: DigestAlgorithm = 'sha256'): SeededBlob {
  const bytes = Buffer.from(text);
  return { digest: digestOf(bytes, algorithm), bytes };
}

export function manifestOf<Document extends { readonly mediaType: string }>(document: Document): SeededManifest {
  const bytes = Buffer.from(JSON.stringify(document));
  return { digest: digestOf(bytes), mediaType: document.mediaType, bytes };
}

export interface DescriptorDocument {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export function descriptorOf(mediaType: string, { digest, bytes }: SeededBlob): DescriptorDocument {
  return { mediaType, digest, size: bytes.length };
}

/** A manifest that any repository accepts, since it lists nothing: what is refused with it is refused for something else. */
export const EMPTY_INDEX = manifestOf({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [] });
