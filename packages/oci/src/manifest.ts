import type { Descriptor } from './descriptor.ts';
import { readDescriptor } from './descriptor.ts';
import {
  assertNoCaseVariants,
  isObject,
  type JsonObject,
  readOptionalString,
  readStringMap,
} from './manifest-fields.ts';
import { manifestInvalid } from './manifest-invalid.ts';
import {
  isImageManifestType,
  isIndexType,
  isManifestType,
  MANIFEST_TYPES,
  MEDIA_TYPES,
  normalizeMediaType,
} from './media-types.ts';
import { quoteForMessage } from './quote-for-message.ts';
import { parseStrictJson } from './strict-json.ts';

/** Most layers of an image, or entries of an index. */
export const MAX_MANIFEST_DESCRIPTORS = 4_096;
/** Most members and items in a whole manifest: twenty for each descriptor. Bounds the time that reading one takes. */
const MAX_MANIFEST_VALUES = 65_536;

/** What the registry needs to know of a manifest. The bytes themselves are kept and served as they came. */
export interface ParsedManifest {
  readonly kind: 'image' | 'index';
  /** The Content-Type to serve it with, without parameters. */
  readonly mediaType: string;
  /** As the referrers API lists it: the manifest's own, else the media type of an image's config. */
  readonly artifactType: string | undefined;
  /** Images only, and always there for them. */
  readonly config?: Descriptor;
  /** Images only; may be empty. */
  readonly layers: readonly Descriptor[];
  /** Indexes only; may be empty. An entry need not be a manifest: older BuildKit caches list layers. */
  readonly manifests: readonly Descriptor[];
  /** The manifest that this one refers to. It may be absent from the registry. */
  readonly subject?: Descriptor;
  /** Without a prototype. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Bytes of the document. */
  readonly size: number;
}

export interface ParseManifestOptions {
  /** Default MAX_MANIFEST_DESCRIPTORS. */
  readonly maxDescriptors?: number;
}

const MANIFEST_FIELDS = [
  'schemaVersion',
  'mediaType',
  'artifactType',
  'config',
  'layers',
  'manifests',
  'subject',
  'annotations',
] as const;

const SCHEMA_1_TYPES: readonly string[] = [MEDIA_TYPES.dockerManifestSchema1, MEDIA_TYPES.dockerManifestSchema1Signed];
const SCHEMA_1_SENTENCE =
  'Docker image manifests of schema 1 are not accepted: push the image again with a current client, which writes schema 2 or OCI.';

const PLAIN_INTEGER = /^(?:0|[1-9][0-9]{0,15})$/;

/**
 * Reads a pushed manifest so that no other reader can take it for something else: the body and its Content-Type must
 * agree, and nothing may be both an image and an index (CVE-2021-41190).
 * @param contentType the header as sent; absent, empty or application/json, the body decides.
 * @throws OciError MANIFEST_INVALID with a sentence, and a detail that says where.
 */
export function parseManifest(
  bytes: Uint8Array,
  contentType: string | undefined,
  options: ParseManifestOptions = {},
): ParsedManifest {
  const headerType = readContentType(contentType);
  const document = parseStrictJson(bytes, { reviveNumber: readNumber, maxValues: MAX_MANIFEST_VALUES });
  if (!isObject(document)) throw manifestInvalid('', 'A manifest must be a JSON object.');
  assertNoCaseVariants(document, MANIFEST_FIELDS, '');
  assertSchemaVersion(document['schemaVersion']);
  const mediaType = decideMediaType(document, headerType);
  const kind = isIndexType(mediaType) ? 'index' : 'image';
  assertShape(document, kind);
  const read = kind === 'image' ? readImage : readIndex;
  return { kind, mediaType, ...read(document, options.maxDescriptors ?? MAX_MANIFEST_DESCRIPTORS), size: bytes.length };
}

/** Only what is written as a plain integer becomes a number: readers disagree on what 1e2 or 1.0 means as a size. */
function readNumber(literal: string): unknown {
  return PLAIN_INTEGER.test(literal) ? Number(literal) : Symbol.for('number that is not a plain integer');
}

/** @returns undefined when the header leaves the type to the body. */
function readContentType(contentType: string | undefined): string | undefined {
  if (contentType === undefined || contentType.trim() === '') return undefined;
  const mediaType = normalizeMediaType(contentType);
  if (mediaType === 'application/json') return undefined;
  if (mediaType !== undefined && isManifestType(mediaType)) return mediaType;
  throw unacceptedType('Content-Type', mediaType ?? contentType);
}

function unacceptedType(where: string, mediaType: string) {
  if (SCHEMA_1_TYPES.includes(mediaType)) return manifestInvalid('', SCHEMA_1_SENTENCE);
  const accepted = MANIFEST_TYPES.join(', ');
  return manifestInvalid(
    where,
    `${quoteForMessage(mediaType)} is not the media type of a manifest; accepted are ${accepted}.`,
  );
}

function assertSchemaVersion(version: unknown): void {
  if (version === 2) return;
  if (version === 1) throw manifestInvalid('', SCHEMA_1_SENTENCE);
  throw manifestInvalid('schemaVersion', 'this must be there and be the number 2.');
}

function decideMediaType(document: JsonObject, headerType: string | undefined): string {
  const bodyType = readOptionalString(document, 'mediaType', '');
  if (bodyType !== undefined && !isManifestType(bodyType)) throw unacceptedType('mediaType', bodyType);
  if (bodyType !== undefined && headerType !== undefined && bodyType !== headerType) {
    throw manifestInvalid('mediaType', `the manifest says "${bodyType}", and the Content-Type says "${headerType}".`);
  }
  const mediaType = headerType ?? bodyType;
  if (mediaType !== undefined) return mediaType;
  if ('config' in document || 'layers' in document) return MEDIA_TYPES.ociImageManifest;
  if ('manifests' in document) return MEDIA_TYPES.ociImageIndex;
  throw manifestInvalid('', 'Neither the Content-Type nor the document says what kind of manifest this is.');
}

/** Presence counts, even of null: containerd and Docker refuse such documents by presence too. */
function assertShape(document: JsonObject, kind: ParsedManifest['kind']): void {
  const foreign = kind === 'image' ? ['manifests'] : ['config', 'layers'];
  const found = foreign.find((field) => field in document);
  if (found === undefined) return;
  const what = kind === 'image' ? 'An image manifest' : 'An index';
  throw manifestInvalid('', `${what} must not have "${found}": a document is either an image or an index.`);
}

type ManifestContent = Omit<ParsedManifest, 'kind' | 'mediaType' | 'size'>;

function readImage(document: JsonObject, maxDescriptors: number): ManifestContent {
  if (document['config'] === undefined || document['config'] === null) {
    throw manifestInvalid('config', 'an image manifest must have a config.');
  }
  const config = readDescriptor(document['config'], 'config');
  const layers = readDescriptors(document, 'layers', maxDescriptors);
  const shared = readSharedFields(document);
  return {
    ...shared,
    artifactType: shared.artifactType ?? asArtifactType(config.mediaType),
    config,
    layers,
    manifests: [],
  };
}

function readIndex(document: JsonObject, maxDescriptors: number): ManifestContent {
  const manifests = readDescriptors(document, 'manifests', maxDescriptors);
  return { ...readSharedFields(document), layers: [], manifests };
}

function readSharedFields(document: JsonObject): Pick<ParsedManifest, 'artifactType' | 'subject' | 'annotations'> {
  const subject = document['subject'];
  return {
    artifactType: asArtifactType(readOptionalString(document, 'artifactType', '')),
    annotations: readStringMap(document, 'annotations', '') ?? Object.freeze(Object.create(null)),
    ...(subject === undefined || subject === null ? {} : { subject: readDescriptor(subject, 'subject') }),
  };
}

/** An empty string says nothing: Go writes one for a field that was not set. */
function asArtifactType(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** Go writes a list without entries as null, and some clients leave it out. */
function readDescriptors(
  document: JsonObject,
  field: 'layers' | 'manifests',
  maxDescriptors: number,
): readonly Descriptor[] {
  const value = document[field];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw manifestInvalid(field, 'this must be an array of descriptors.');
  if (value.length > maxDescriptors) {
    throw manifestInvalid(field, `${value.length} entries are too many: the registry accepts ${maxDescriptors}.`);
  }
  return value.map((item: unknown, index) => readDescriptor(item, `${field}[${index}]`));
}

/** Whether an entry of an index is itself a manifest, by its media type (which may have parameters). */
export function isManifestDescriptor(descriptor: Descriptor): boolean {
  const mediaType = normalizeMediaType(descriptor.mediaType);
  return mediaType !== undefined && (isImageManifestType(mediaType) || isIndexType(mediaType));
}
