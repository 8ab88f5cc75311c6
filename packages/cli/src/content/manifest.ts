import { createHash } from 'node:crypto';
import {
  createDigest,
  type Descriptor,
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  isManifestDescriptor,
  isNonDistributable,
  OciError,
  type ParsedManifest,
  parseManifest,
} from '@roadstead/oci';
import { CliError, verificationError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';

/** A manifest with its exact bytes. */
export interface Manifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly parsed: ParsedManifest;
}

/** No registry accepts more; what is larger is not a manifest. */
export const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

export function computeDigest(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return createDigest(algorithm, createHash(algorithm).update(bytes).digest('hex'));
}

/**
 * Reads the bytes as a manifest, named by `digest` or else by sha256.
 * Throws a verification error (exit code 6) if the bytes do not have the digest.
 */
export function createManifest(
  bytes: Uint8Array,
  mediaType: string | undefined,
  digest: Digest | undefined,
  origin: string,
): Manifest {
  const computed = computeDigest(bytes, digest ? digestAlgorithm(digest) : 'sha256');
  if (digest && computed !== digest) {
    throw verificationError(`a manifest of ${origin} is not what its digest says`, {
      why: `${digest} was asked for, and the bytes have ${computed}`,
      remedy: 'do not use it; if a repetition gives the same, tell the operator',
    });
  }
  try {
    const parsed = parseManifest(bytes, mediaType);
    return { digest: computed, mediaType: parsed.mediaType, bytes, parsed };
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    throw new CliError(EXIT_CODE.failure, `${computed} of ${origin} is not a readable manifest`, {
      why: error.message,
      cause: error,
    });
  }
}

/** The blobs that a manifest needs beside it; foreign layers are left out, as they lie elsewhere. */
export function listBlobs({ parsed }: Manifest): readonly Descriptor[] {
  const config = parsed.config ? [parsed.config] : [];
  const layers = parsed.layers.filter((layer) => !isNonDistributable(layer.mediaType));
  // Old build caches are indexes that list layers.
  const listed = parsed.manifests.filter((entry) => !isManifestDescriptor(entry));
  return [...config, ...layers, ...listed];
}

/** The manifests that an index lists. */
export function listChildren({ parsed }: Manifest): readonly Descriptor[] {
  return parsed.manifests.filter(isManifestDescriptor);
}

/** How other manifests and layouts point at this one. */
export function describeManifest(manifest: Manifest): Descriptor {
  const { artifactType, annotations, subject } = manifest.parsed;
  return {
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.bytes.byteLength,
    ...(subject && artifactType !== undefined ? { artifactType } : {}),
    ...(subject && Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
}
