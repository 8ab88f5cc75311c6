import { type Digest, isDigest, MANIFEST_TYPES, normalizeMediaType, parseDigest } from '@roadstead/oci';
import { CliError, verificationError } from '../cli-error.ts';
import { createManifest, MAX_MANIFEST_BYTES, type Manifest } from '../content/manifest.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { describeReference, type Repository } from './repository.ts';
import { createResponseError } from './response-error.ts';

const ACCEPT = MANIFEST_TYPES.join(', ');

/** The manifest of a tag or digest, verified. Throws not found (3) or a verification error (6). */
export async function getManifest(repository: Repository, reference: string): Promise<Manifest> {
  const name = describeReference(repository, reference);
  const response = await request(repository, 'GET', reference);
  if (response.status !== 200) throw await createResponseError(response, `read ${name}`);
  const bytes = await readBody(response, name);
  const stated = response.headers.get('docker-content-digest') ?? '';
  const digest = isDigest(reference) ? reference : isDigest(stated) ? stated : undefined;
  return createManifest(bytes, normalizeMediaType(response.headers.get('content-type')), digest, name);
}

export interface ManifestHead {
  readonly digest: Digest;
  /** As served; undefined when the server does not say. */
  readonly mediaType: string | undefined;
  /** Bytes of the manifest. */
  readonly size: number | undefined;
}

/** What a tag or digest stands for, without its content; undefined if there is nothing. */
export async function findManifestHead(repository: Repository, reference: string): Promise<ManifestHead | undefined> {
  const response = await request(repository, 'HEAD', reference);
  await response.body?.cancel();
  if (response.status === 404) return undefined;
  const name = describeReference(repository, reference);
  if (response.status !== 200) throw await createResponseError(response, `look up ${name}`);
  const mediaType = normalizeMediaType(response.headers.get('content-type'));
  const stated = response.headers.get('docker-content-digest');
  const length = response.headers.get('content-length');
  if (stated === null) {
    const manifest = await getManifest(repository, reference);
    return { digest: manifest.digest, mediaType, size: manifest.bytes.byteLength };
  }
  return { digest: readDigest(stated, name), mediaType, size: length === null ? undefined : Number(length) };
}

function request(repository: Repository, method: 'GET' | 'HEAD', reference: string): Promise<Response> {
  return repository.connection.send({
    method,
    target: `/v2/${repository.name}/manifests/${reference}`,
    scopes: repository.scopes,
    headers: { accept: ACCEPT },
  });
}

function readDigest(text: string, name: string): Digest {
  if (isDigest(text)) return parseDigest(text);
  throw verificationError(`the server names ${name} by something that is no digest`, { why: JSON.stringify(text) });
}

async function readBody(response: Response, name: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let byteCount = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    byteCount += part.byteLength;
    if (byteCount > MAX_MANIFEST_BYTES) {
      throw new CliError(EXIT_CODE.failure, `the manifest of ${name} is larger than ${MAX_MANIFEST_BYTES} bytes`);
    }
  }
  return Buffer.concat(parts);
}
