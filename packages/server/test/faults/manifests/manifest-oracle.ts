import { createHash } from 'node:crypto';
import { isDigest } from '../corpora/reference-corpus.ts';
import { DOCKER_LIST_TYPE, DOCKER_TYPE, IMAGE_TYPE, INDEX_TYPE } from '../seeded-content.ts';
import { Invalid, type JsonMembers, JsonNumber, type JsonValue, readStrictJson } from './strict-reader.ts';

export type ManifestVerdict = 'valid' | 'invalid' | 'too large' | 'content missing';

/** What the repository holds that a manifest may list. */
export interface HeldContent {
  readonly blobs: ReadonlySet<string>;
  readonly manifests: ReadonlySet<string>;
}

export interface JudgedManifest {
  readonly verdict: ManifestVerdict;
  /** Why it is not valid; empty when it is. */
  readonly reason: string;
}

const MAX_BYTES = 4_160 * 1024;
const MAX_DESCRIPTORS = 4_096;
const IMAGE_TYPES = [IMAGE_TYPE, DOCKER_TYPE];
const INDEX_TYPES = [INDEX_TYPE, DOCKER_LIST_TYPE];
const DOCUMENT_FIELDS = [
  'schemaVersion',
  'mediaType',
  'artifactType',
  'config',
  'layers',
  'manifests',
  'subject',
  'annotations',
];
const DESCRIPTOR_FIELDS = ['mediaType', 'digest', 'size', 'urls', 'annotations', 'data', 'artifactType', 'platform'];

const FOREIGN =
  /^application\/vnd\.(?:oci\.image\.layer\.nondistributable\.v1\.tar(?:\+gzip|\+zstd)?|docker\.image\.rootfs\.foreign\.diff\.tar(?:\.gzip)?)$/i;

/**
 * Judges a pushed manifest by the image specification and by what `docs/bad-input.md` promises, with a reader of its own.
 * @param contentType the header as sent
 */
export function judgeManifest(bytes: Buffer, contentType: string | undefined, held: HeldContent): JudgedManifest {
  if (bytes.length > MAX_BYTES) return { verdict: 'too large', reason: `${bytes.length} bytes` };
  try {
    const document = readStrictJson(bytes);
    const missing = findMissing(asMembers(document, 'the document'), contentType, held);
    return missing === undefined ? { verdict: 'valid', reason: '' } : { verdict: 'content missing', reason: missing };
  } catch (error) {
    if (error instanceof Invalid) return { verdict: 'invalid', reason: error.message };
    throw error;
  }
}

function findMissing(document: JsonMembers, contentType: string | undefined, held: HeldContent): string | undefined {
  assertSpelling(document, DOCUMENT_FIELDS);
  const version = document.get('schemaVersion');
  if (!(version instanceof JsonNumber) || version.literal !== '2') throw new Invalid('schemaVersion is not 2');
  const type = decideType(document, contentType);
  const isIndex = INDEX_TYPES.includes(type);
  const foreign = isIndex ? ['config', 'layers'] : ['manifests'];
  if (foreign.some((field) => document.has(field))) throw new Invalid('an image and an index at once');
  readText(document, 'artifactType');
  readTextMap(document.get('annotations'));
  const subject = document.get('subject');
  if (subject !== undefined && subject !== null) readDescriptor(subject);
  if (isIndex) {
    const entries = readDescriptors(document.get('manifests'));
    return entries.find(({ digest }) => !held.manifests.has(digest) && !held.blobs.has(digest))?.digest;
  }
  const config = document.get('config');
  if (config === undefined || config === null) throw new Invalid('an image without a config');
  const needed = [
    readDescriptor(config),
    ...readDescriptors(document.get('layers')).filter((layer) => !layer.isForeign),
  ];
  return needed.find(({ digest }) => !held.blobs.has(digest))?.digest;
}

function decideType(document: JsonMembers, contentType: string | undefined): string {
  const [bare = ''] = (contentType ?? '').split(';');
  const header = bare.trim().toLowerCase();
  const known = [...IMAGE_TYPES, ...INDEX_TYPES];
  const isOpen = (contentType ?? '').trim() === '' || header === 'application/json';
  if (!isOpen && !known.includes(header)) throw new Invalid(`the Content-Type ${header}`);
  const body = readText(document, 'mediaType');
  if (body !== undefined && !known.includes(body)) throw new Invalid(`the mediaType ${body}`);
  if (body !== undefined && !isOpen && body !== header) throw new Invalid('mediaType and Content-Type differ');
  if (!isOpen) return header;
  if (body !== undefined) return body;
  if (document.has('config') || document.has('layers')) return IMAGE_TYPE;
  if (document.has('manifests')) return INDEX_TYPE;
  throw new Invalid('of no kind');
}

interface OracleDescriptor {
  readonly digest: string;
  /** Its bytes may lie elsewhere. */
  readonly isForeign: boolean;
}

function readDescriptors(value: JsonValue | undefined): readonly OracleDescriptor[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Invalid('a list that is none');
  if (value.length > MAX_DESCRIPTORS) throw new Invalid('too many descriptors');
  return value.map(readDescriptor);
}

function readDescriptor(value: JsonValue): OracleDescriptor {
  const descriptor = asMembers(value, 'a descriptor');
  assertSpelling(descriptor, DESCRIPTOR_FIELDS);
  const mediaType = readText(descriptor, 'mediaType');
  if (mediaType === undefined) throw new Invalid('a descriptor without a media type');
  const digest = descriptor.get('digest');
  if (typeof digest !== 'string' || !isDigest(digest)) throw new Invalid('a descriptor without a digest');
  const size = readSize(descriptor.get('size'));
  const urls = readTexts(descriptor.get('urls'));
  readTextMap(descriptor.get('annotations'));
  readText(descriptor, 'artifactType');
  readPlatform(descriptor.get('platform'));
  const data = readText(descriptor, 'data');
  if (data !== undefined) assertData(data, size, digest);
  const [bare = ''] = mediaType.split(';');
  return { digest, isForeign: urls.length > 0 || FOREIGN.test(bare.trim()) };
}

function readSize(value: JsonValue | undefined): number {
  if (!(value instanceof JsonNumber) || !/^(?:0|[1-9]\d*)$/.test(value.literal))
    throw new Invalid('a size that is none');
  if (BigInt(value.literal) > BigInt(Number.MAX_SAFE_INTEGER)) throw new Invalid('a size beyond all sizes');
  return Number(value.literal);
}

function assertData(data: string, size: number, digest: string): void {
  const bytes = Buffer.from(data, 'base64');
  // Canonical base64 or one whose last digit has idle bits: length and alphabet count, then the content.
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(data))
    throw new Invalid('data that is not base64');
  if (bytes.length !== size) throw new Invalid('data of another size');
  const [algorithm = '', hex] = digest.split(':');
  if (createHash(algorithm).update(bytes).digest('hex') !== hex) throw new Invalid('data of another digest');
}

function readPlatform(value: JsonValue | undefined): void {
  if (value === undefined || value === null) return;
  const platform = asMembers(value, 'a platform');
  for (const field of ['architecture', 'os', 'os.version', 'variant']) readText(platform, field);
  readTexts(platform.get('os.features'));
}

function readText(members: JsonMembers, field: string): string | undefined {
  const value = members.get(field);
  return value === undefined || value === null ? undefined : asText(value);
}

function readTexts(value: JsonValue | undefined): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Invalid('a list of texts that is none');
  return value.map(asText);
}

function readTextMap(value: JsonValue | undefined): void {
  if (value === undefined || value === null) return;
  for (const [key, text] of asMembers(value, 'a map')) {
    asText(key);
    asText(text);
  }
}

function asText(value: JsonValue): string {
  if (typeof value === 'string' && !value.includes('\0')) return value;
  throw new Invalid('a text that is none, or holds NUL');
}

function asMembers(value: JsonValue, what: string): JsonMembers {
  if (value instanceof Map) return value;
  throw new Invalid(`${what} is no object`);
}

/** Some readers take `Layers` for `layers`, and others do not. */
function assertSpelling(members: JsonMembers, fields: readonly string[]): void {
  const folded = new Set(fields.map(fold));
  for (const key of members.keys()) {
    if (!fields.includes(key) && folded.has(fold(key))) throw new Invalid(`the member ${key}`);
  }
}

/** As Go folds it: the long s and the Kelvin sign are letters of the alphabet too. */
function fold(key: string): string {
  return key.replaceAll('ſ', 's').replaceAll('\u212a', 'k').toLowerCase();
}
