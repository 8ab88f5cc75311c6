import {
  type Descriptor,
  type Digest,
  MEDIA_TYPES,
  normalizeMediaType,
  OciError,
  parseManifest,
  parseNextLink,
} from '@roadstead/oci';
import { CliError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { listFallbackReferrers } from './fallback-tag.ts';
import { describeReference, type Repository } from './repository.ts';
import { createResponseError } from './response-error.ts';

/** The manifests whose subject is `digest`, by the referrers API or, where it is missing, by the fallback tag. */
export async function listReferrers(repository: Repository, digest: Digest): Promise<readonly Descriptor[]> {
  const referrers: Descriptor[] = [];
  const seen = new Set<string>();
  const { connection } = repository;
  let target: URL | undefined = connection.resolve(`/v2/${repository.name}/referrers/${digest}`);
  while (target && !seen.has(target.href)) {
    seen.add(target.href);
    const response = await connection.send({ method: 'GET', target, scopes: repository.scopes });
    const isIndex = normalizeMediaType(response.headers.get('content-type')) === MEDIA_TYPES.ociImageIndex;
    if (
      seen.size === 1 &&
      (response.status === 404 || response.status === 405 || (response.status === 200 && !isIndex))
    ) {
      await response.body?.cancel();
      return listFallbackReferrers(repository, digest);
    }
    const name = describeReference(repository, digest);
    if (response.status !== 200) throw await createResponseError(response, `list the referrers of ${name}`);
    referrers.push(...readIndex(new Uint8Array(await response.arrayBuffer()), name));
    const next = parseNextLink(response.headers.get('link'));
    const base: URL = target;
    target = next === undefined ? undefined : connection.resolve(new URL(next, base));
  }
  return referrers;
}

function readIndex(bytes: Uint8Array, name: string): readonly Descriptor[] {
  try {
    return parseManifest(bytes, MEDIA_TYPES.ociImageIndex).manifests;
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    throw new CliError(EXIT_CODE.failure, `the list of referrers of ${name} cannot be read`, { why: error.message });
  }
}
