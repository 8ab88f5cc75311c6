/** What the adapter of a scanner says of it (Scanner Adapter API 1.x, `GET /api/v1/metadata`). */
export interface AdapterMetadata {
  readonly scanner: { readonly name: string; readonly vendor: string; readonly version: string };
  readonly capabilities: readonly AdapterCapability[];
  readonly properties: Readonly<Record<string, string>>;
}

export interface AdapterCapability {
  /** `vulnerability` or `sbom`; undefined of adapters before 1.2, which find vulnerabilities. */
  readonly type: string | undefined;
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
}

/** @param reason what is wrong with it, for who has set the scanner up */
export type MetadataVerdict =
  | { readonly isValid: true; readonly metadata: AdapterMetadata }
  | { readonly isValid: false; readonly reason: string };

const IMAGE = 'application/vnd.docker.distribution.manifest.v2+json';
const REPORTS = [
  'application/vnd.security.vulnerability.report; version=1.1',
  'application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0',
  'application/vnd.security.sbom.report+json; version=1.0',
];
const MAX_TEXT_LENGTH = 1_024;
const MAX_CAPABILITIES = 16;
const MAX_MEDIA_TYPES = 64;
const MAX_PROPERTIES = 64;

class MetadataFault extends Error {}

/** Checks what an adapter has said, as Harbor does: who the scanner is, and that it reads images and writes a report that is known. */
export function readAdapterMetadata(text: string): MetadataVerdict {
  try {
    const { scanner, capabilities, properties = {} } = objectOf(parse(text), 'its answer');
    return {
      isValid: true,
      metadata: {
        scanner: readScanner(scanner),
        capabilities: listOf(capabilities, 'capabilities', MAX_CAPABILITIES).map(readCapability),
        properties: readProperties(properties ?? {}),
      },
    };
  } catch (error) {
    if (error instanceof MetadataFault) return { isValid: false, reason: error.message };
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MetadataFault('its answer is no JSON document');
  }
}

function readScanner(value: unknown): AdapterMetadata['scanner'] {
  const { name, vendor, version } = objectOf(value, 'scanner');
  return {
    name: textOf(name, 'scanner.name'),
    vendor: textOf(vendor, 'scanner.vendor'),
    version: textOf(version, 'scanner.version'),
  };
}

function readCapability(value: unknown): AdapterCapability {
  const { type, consumes_mime_types: asked, produces_mime_types: given } = objectOf(value, 'capabilities');
  const consumes = listOf(asked, 'consumes_mime_types', MAX_MEDIA_TYPES).map((each) => textOf(each, 'a media type'));
  const produces = listOf(given, 'produces_mime_types', MAX_MEDIA_TYPES).map((each) => textOf(each, 'a media type'));
  if (!consumes.some((each) => plain(each) === IMAGE)) {
    throw new MetadataFault(`consumes_mime_types of a capability is without ${IMAGE}`);
  }
  if (!produces.some((each) => REPORTS.some((report) => plain(report) === plain(each)))) {
    throw new MetadataFault(`produces_mime_types of a capability has none of ${REPORTS.join(', ')}`);
  }
  const isUntyped = type === undefined || type === null || type === '';
  return { type: isUntyped ? undefined : textOf(type, 'the type of a capability'), consumes, produces };
}

function readProperties(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(objectOf(value, 'properties'));
  if (entries.length > MAX_PROPERTIES) throw new MetadataFault(`properties: more than ${MAX_PROPERTIES}`);
  const read = entries.map(([name, text]) => {
    if (typeof text !== 'string' || text.length > MAX_TEXT_LENGTH || name.length > MAX_TEXT_LENGTH) {
      throw new MetadataFault(`properties: each is a text of ${MAX_TEXT_LENGTH} characters at most`);
    }
    return [name, text] as const;
  });
  return Object.fromEntries(read);
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MetadataFault(`${what} is no object`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function listOf(value: unknown, what: string, max: number): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0 && value.length <= max) return value;
  throw new MetadataFault(`${what} is no list of 1 to ${max}`);
}

function textOf(value: unknown, what: string): string {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= MAX_TEXT_LENGTH) return value;
  throw new MetadataFault(`${what} is no text of 1 to ${MAX_TEXT_LENGTH} characters`);
}

/** Spaces around a parameter mean nothing (RFC 9110 § 8.3.1). */
function plain(mediaType: string): string {
  return mediaType.replaceAll(/\s/g, '').toLowerCase();
}
