import type { Digest } from '@roadstead/oci';

/** What there is to read of an artifact beside its manifest. */
export type Addition = 'build_history' | 'values.yaml' | 'readme.md' | 'dependencies' | 'sbom' | 'license' | 'files';

export interface AdditionContent {
  readonly text: string;
  /** The Content-Type to send it with. */
  readonly mediaType: string;
}

/** Where additions are read from. */
export interface AdditionSource {
  /** A blob of the artifact's repository; undefined when it is not there, cannot be read, or has more bytes. */
  readSmallBlob(digest: Digest, maxBytes: number): Promise<Buffer | undefined>;
  /** The same without reading all of it. */
  openBlob(digest: Digest, maxBytes: number): Promise<AsyncIterable<Uint8Array> | undefined>;
}

const JSON_TYPE = 'application/json; charset=utf-8';

export function jsonContent(value: unknown): AdditionContent {
  return { text: JSON.stringify(value), mediaType: JSON_TYPE };
}

export function textContent(bytes: Buffer, mediaType: 'text/plain' | 'text/markdown' | 'application/json') {
  return { text: bytes.toString(), mediaType: `${mediaType}; charset=utf-8` };
}
