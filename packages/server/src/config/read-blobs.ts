import { type ReadText, readInteger, readOrigin, readSize, readSwitch, SettingTextError } from './setting-text.ts';

/** Blobs in an S3-compatible object store. */
export interface S3Config {
  readonly bucket: string;
  /** Of the names of all objects, without slashes at its ends; empty for the whole bucket. */
  readonly prefix: string;
  readonly region: string;
  /** Undefined: Amazon's own for the region. */
  readonly endpoint: string | undefined;
  /** `https://host/bucket/…` instead of `https://bucket.host/…`. */
  readonly isPathStyle: boolean;
  /** Undefined: looked for as Amazon's tools do (environment, shared file, web identity, the machine's role). */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** PEM file with authorities beside those that Node knows. */
  readonly caFile: string | undefined;
  readonly encryption: { readonly algorithm: 'AES256' | 'aws:kms'; readonly keyId?: string } | undefined;
  /** Clients fetch blobs from the store themselves (307). */
  readonly redirects: boolean;
  /** Under which address clients reach the store, where it is another than the endpoint. */
  readonly publicEndpoint: string | undefined;
  /** How often a call is tried at most. */
  readonly attempts: number;
  /** Memory of one process for parts on their way to the store. */
  readonly bufferBytes: number;
}

const PARAMETERS = [
  'endpoint',
  'region',
  'path-style',
  'ca',
  'sse',
  'kms-key',
  'redirect',
  'public-endpoint',
  'attempts',
  'buffer',
] as const;

type Parameter = (typeof PARAMETERS)[number];

const DEFAULT_REGION = 'us-east-1';
const DEFAULT_ATTEMPTS = 5;
const MIB = 1024 * 1024;
const BUFFER = { minimum: 16 * MIB, default: 64 * MIB, maximum: 64 * 1024 * MIB };
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^[A-Za-z0-9!_.*'()-]+(?:\/[A-Za-z0-9!_.*'()-]+)*$/;
const FORM = 's3://[ACCESS_KEY:SECRET_KEY@]BUCKET[/PREFIX][?endpoint=https://…&region=…]';

/** Reads `s3://bucket/prefix?endpoint=https://…&region=…`. */
export const readBlobs: ReadText<S3Config> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 's3:') {
    throw new SettingTextError(`must have the form ${FORM}; without it blobs lie in the data folder`);
  }
  assertKeysEncoded(text);
  const read = readParameters(url.searchParams);
  const endpoint = read('endpoint', readOrigin);
  return {
    bucket: readBucket(url.hostname),
    prefix: readPrefix(url.pathname),
    region: read('region', readRegion) ?? DEFAULT_REGION,
    endpoint,
    isPathStyle: read('path-style', readSwitch) ?? endpoint !== undefined,
    credentials: readCredentials(url),
    caFile: read('ca', readAbsolutePath),
    encryption: readEncryption(read('sse', readAlgorithm), url.searchParams.get('kms-key')),
    redirects: read('redirect', readSwitch) ?? false,
    publicEndpoint: read('public-endpoint', readOrigin),
    attempts: read('attempts', readInteger(1, 20)) ?? DEFAULT_ATTEMPTS,
    bufferBytes: read('buffer', readSize(BUFFER.minimum, BUFFER.maximum)) ?? BUFFER.default,
  };
};

/**
 * A key with one of these characters in it ends too early, and its rest would be taken for a bucket, a path or a parameter, which
 * sentences about them show.
 */
function assertKeysEncoded(text: string): void {
  const rest = text.replace(/^s3:\/\/(?:[^/?#@]*@)?/i, '');
  if (!rest.includes('@')) return;
  throw new SettingTextError('must have keys before the only @, with each of / ? # @ % in them percent-encoded');
}

/** Each parameter may stand once, and one that means nothing is refused: it would be a setting that nobody heeds. */
function readParameters(params: URLSearchParams) {
  for (const name of params.keys()) {
    if (!PARAMETERS.some((known) => known === name)) {
      throw new SettingTextError(`must not have the parameter "${name}": there are ${PARAMETERS.join(', ')}`);
    }
    if (params.getAll(name).length > 1) throw new SettingTextError(`must not have the parameter "${name}" twice`);
  }
  return <Value>(name: Parameter, readText: ReadText<Value>): Value | undefined => {
    const text = params.get(name);
    if (text === null) return undefined;
    try {
      return readText(text);
    } catch (error) {
      if (!(error instanceof SettingTextError)) throw error;
      throw new SettingTextError(`must be given another ${name}, which ${error.message}`);
    }
  };
}

function readBucket(name: string): string {
  if (BUCKET.test(name)) return name;
  throw new SettingTextError(`must name a bucket (3 to 63 characters of a-z, 0-9, dots and hyphens), not "${name}"`);
}

function readPrefix(path: string): string {
  const prefix = decodeURIComponent(path).replace(/^\/|\/$/g, '');
  if (prefix === '' || (PREFIX.test(prefix) && !prefix.split('/').some((part) => /^\.+$/.test(part)))) return prefix;
  throw new SettingTextError(`must have a prefix of letters, digits and !_.*'()- between slashes, not "${prefix}"`);
}

function readCredentials({ username, password }: URL): S3Config['credentials'] {
  if (username === '' && password === '') return undefined;
  if (username !== '' && password !== '') {
    return { accessKeyId: decodeKey(username), secretAccessKey: decodeKey(password) };
  }
  throw new SettingTextError('must have both an access key and a secret key, or neither');
}

function decodeKey(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new SettingTextError('must have each % in its keys written as %25');
  }
}

const readRegion: ReadText<string> = (text) => {
  if (/^[a-z0-9-]{1,40}$/.test(text)) return text;
  throw new SettingTextError(`must be a region such as eu-west-3, not "${text}"`);
};

const readAbsolutePath: ReadText<string> = (text) => {
  if (text.startsWith('/')) return text;
  throw new SettingTextError(`must be an absolute path, not "${text}"`);
};

const readAlgorithm: ReadText<'AES256' | 'aws:kms'> = (text) => {
  if (text === 'AES256' || text === 'aws:kms') return text;
  throw new SettingTextError(`must be AES256 or aws:kms, not "${text}"`);
};

function readEncryption(algorithm: 'AES256' | 'aws:kms' | undefined, keyId: string | null): S3Config['encryption'] {
  if (keyId !== null && algorithm !== 'aws:kms')
    throw new SettingTextError('must not have a kms-key without sse=aws:kms');
  if (algorithm === undefined) return undefined;
  return keyId === null ? { algorithm } : { algorithm, keyId };
}
