import { createHash, randomBytes } from 'node:crypto';

export const ALGORITHMS = ['sha256', 'sha512'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];
export type Bytes = Uint8Array<ArrayBuffer>;

export const IMAGE_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
export const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
export const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [extra: string]: unknown;
}

export interface Document {
  readonly bytes: Bytes;
  readonly descriptor: Descriptor;
}

export function digestOf(bytes: Uint8Array, algorithm: Algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

export function makeBytes(sizeBytes: number): Bytes {
  return new Uint8Array(randomBytes(sizeBytes));
}

export function describe(bytes: Bytes, mediaType: string, algorithm: Algorithm = 'sha256'): Descriptor {
  return { mediaType, digest: digestOf(bytes, algorithm), size: bytes.length };
}

/** The exact bytes of a manifest, indented in an unusual way so that a server that rewrites them is found out. */
export function makeDocument(value: object, mediaType: string, algorithm: Algorithm = 'sha256'): Document {
  const bytes = new Uint8Array(Buffer.from(`${JSON.stringify(value, undefined, 3)}\n`));
  return { bytes, descriptor: describe(bytes, mediaType, algorithm) };
}

export function makeImage(
  config: Descriptor,
  layers: readonly Descriptor[],
  extra: object = {},
  algorithm?: Algorithm,
): Document {
  return makeDocument({ schemaVersion: 2, mediaType: IMAGE_TYPE, config, layers, ...extra }, IMAGE_TYPE, algorithm);
}

export function makeIndex(manifests: readonly Descriptor[], extra: object = {}, algorithm?: Algorithm): Document {
  return makeDocument({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests, ...extra }, INDEX_TYPE, algorithm);
}
