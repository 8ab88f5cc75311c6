import { isDigest, MEDIA_TYPES, OciError, parseStrictJson } from '@roadstead/oci';

/** What an artifact's config says about it, as the management API shows it. */
export type ConfigAttributes = Readonly<Record<string, unknown>>;

/** A config that is larger is not looked into. */
export const MAX_CONFIG_BYTES = 1024 * 1024;
const MAX_DEPTH = 32;
const MAX_VALUES = 20_000;
/** More is not shown in lists. */
const MAX_ATTRIBUTE_BYTES = 32 * 1024;

const IMAGE_CONFIGS: readonly string[] = [MEDIA_TYPES.ociImageConfig, MEDIA_TYPES.dockerImageConfig];
const IMAGE_ATTRIBUTES = ['architecture', 'author', 'config', 'created', 'os', 'os.version', 'variant'];

/** Whether there is something to read: an empty config says nothing, and others are no JSON. */
export function isReadableConfig(mediaType: string, digest: string, sizeBytes: number): boolean {
  if (!isDigest(digest) || sizeBytes > MAX_CONFIG_BYTES || mediaType === MEDIA_TYPES.ociEmpty) return false;
  const [type = ''] = mediaType.split(';');
  return IMAGE_CONFIGS.includes(type) || type.trim().endsWith('+json') || type.trim() === 'application/json';
}

/** @returns nothing for what is no JSON object, or a hostile one: deeper or with more members than any tool writes. */
export function readConfigAttributes(mediaType: string, bytes: Uint8Array): ConfigAttributes {
  const config = parseConfig(bytes);
  if (config === undefined) return {};
  const shown = IMAGE_CONFIGS.includes(mediaType) ? pick(config, IMAGE_ATTRIBUTES) : config;
  return shorten(shown);
}

/** @returns undefined as `readConfigAttributes` gives nothing */
export function parseConfig(bytes: Uint8Array): ConfigAttributes | undefined {
  let value: unknown;
  try {
    value = parseStrictJson(bytes, { maxDepth: MAX_DEPTH, maxValues: MAX_VALUES });
  } catch (error) {
    if (error instanceof OciError) return undefined;
    throw error;
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ConfigAttributes) : undefined;
}

function pick(config: ConfigAttributes, names: readonly string[]): ConfigAttributes {
  return Object.fromEntries(names.filter((name) => config[name] != null).map((name) => [name, config[name]]));
}

/** What does not fit is left out, the largest first. */
function shorten(attributes: ConfigAttributes): ConfigAttributes {
  const sized = Object.entries(attributes).map(
    ([name, value]) => ({ name, value, bytes: Buffer.byteLength(JSON.stringify([name, value])) }) as const,
  );
  let left = MAX_ATTRIBUTE_BYTES;
  const kept = new Set<string>();
  for (const { name, bytes } of sized.toSorted((a, b) => a.bytes - b.bytes)) {
    left -= bytes;
    if (left < 0) break;
    kept.add(name);
  }
  return Object.fromEntries(sized.filter(({ name }) => kept.has(name)).map(({ name, value }) => [name, value]));
}
