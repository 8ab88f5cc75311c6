import { findBase64Length } from './base64.ts';
import type { Digest } from './digest.ts';
import { parseDigest } from './digest.ts';
import { OciError } from './errors.ts';
import {
  assertNoCaseVariants,
  isObject,
  type JsonObject,
  readOptionalString,
  readStringArray,
  readStringMap,
} from './manifest-fields.ts';
import { manifestInvalid } from './manifest-invalid.ts';

/** For what machine an index entry is. The image spec requires `architecture` and `os`; artifacts leave them out. */
export interface Platform {
  readonly architecture?: string;
  readonly os?: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
  readonly variant?: string;
}

/** A reference from a manifest to content (image spec, descriptor.md). */
export interface Descriptor {
  /** As written: it may have parameters. */
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** The content itself in base64, of exactly `size` bytes. Whether it has the digest is for the caller to check. */
  readonly data?: string;
  readonly artifactType?: string;
  readonly platform?: Platform;
}

const DESCRIPTOR_FIELDS = [
  'mediaType',
  'digest',
  'size',
  'urls',
  'annotations',
  'data',
  'artifactType',
  'platform',
] as const;

/**
 * @param value parsed by `parseStrictJson`, whose numbers are numbers only where they are plain integers.
 * @param path where the value stands, for the message.
 * @throws OciError MANIFEST_INVALID
 */
export function readDescriptor(value: unknown, path: string): Descriptor {
  if (!isObject(value)) throw manifestInvalid(path, 'a descriptor must be an object.');
  assertNoCaseVariants(value, DESCRIPTOR_FIELDS, path);
  const mediaType = readOptionalString(value, 'mediaType', path);
  if (mediaType === undefined) throw manifestInvalid(`${path}.mediaType`, 'a descriptor must have a media type.');
  const size = readSize(value['size'], `${path}.size`);
  const digest = readDigest(value['digest'], `${path}.digest`);
  return { mediaType, digest, size, ...readOptionalFields(value, size, path) };
}

function readOptionalFields(value: JsonObject, sizeBytes: number, path: string): Partial<Descriptor> {
  const urls = readStringArray(value, 'urls', path);
  const annotations = readStringMap(value, 'annotations', path);
  const data = readData(value, sizeBytes, path);
  const artifactType = readOptionalString(value, 'artifactType', path);
  const platform = readPlatform(value['platform'], `${path}.platform`);
  return {
    ...(urls === undefined ? {} : { urls }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(data === undefined ? {} : { data }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(platform === undefined ? {} : { platform }),
  };
}

function readSize(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw manifestInvalid(path, 'a size must be a whole number of bytes, written in digits only.');
}

function readDigest(value: unknown, path: string): Digest {
  if (typeof value !== 'string') throw manifestInvalid(path, 'a descriptor must have a digest.');
  try {
    return parseDigest(value);
  } catch (cause) {
    throw cause instanceof OciError ? manifestInvalid(path, cause.message) : cause;
  }
}

function readData(value: JsonObject, sizeBytes: number, path: string): string | undefined {
  const data = readOptionalString(value, 'data', path);
  if (data === undefined) return undefined;
  const lengthBytes = findBase64Length(data);
  if (lengthBytes === undefined) throw manifestInvalid(`${path}.data`, 'embedded data must be base64 with padding.');
  if (lengthBytes !== sizeBytes) {
    throw manifestInvalid(`${path}.data`, `embedded data has ${lengthBytes} bytes, and the size says ${sizeBytes}.`);
  }
  return data;
}

function readPlatform(value: unknown, path: string): Platform | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw manifestInvalid(path, 'a platform must be an object.');
  const platform: { -readonly [Field in keyof Platform]: Platform[Field] } = {};
  for (const field of ['architecture', 'os', 'os.version', 'variant'] as const) {
    const text = readOptionalString(value, field, path);
    if (text !== undefined) platform[field] = text;
  }
  const features = readStringArray(value, 'os.features', path);
  if (features !== undefined) platform['os.features'] = features;
  return platform;
}
