import { digestAlgorithm, isDigest } from '@roadstead/oci';
import { verificationError } from '../cli-error.ts';
import type { Manifest } from '../content/manifest.ts';
import { addToFallbackTag } from './fallback-tag.ts';
import { describeReference, type Repository } from './repository.ts';
import { createResponseError } from './response-error.ts';

/**
 * Stores the manifest under its digest, or under the tags. Where the registry has no referrers API, a manifest with a
 * subject is also listed in the subject's fallback tag, as the specification asks of clients.
 */
export async function putManifest(repository: Repository, manifest: Manifest, tags: readonly string[]): Promise<void> {
  const sha512 = digestAlgorithm(manifest.digest) !== 'sha256';
  // A registry names what it gets by tag with sha256; only a PUT by digest keeps another algorithm.
  const query = sha512 && tags.length > 0 ? `?${tags.map((tag) => `tag=${encodeURIComponent(tag)}`).join('&')}` : '';
  const first = sha512 || tags.length === 0 ? `${manifest.digest}${query}` : (tags[0] ?? '');
  const { knowsReferrers, knowsTagParameter } = await put(repository, manifest, first);
  const rest = sha512 ? (knowsTagParameter ? [] : tags) : tags.slice(1);
  for (const tag of rest) await put(repository, manifest, tag);
  if (manifest.parsed.subject && !knowsReferrers) await addToFallbackTag(repository, manifest);
}

async function put(repository: Repository, manifest: Manifest, reference: string) {
  const name = describeReference(repository, reference.replace(/\?.*/, ''));
  const response = await repository.connection.send({
    method: 'PUT',
    target: `/v2/${repository.name}/manifests/${reference}`,
    scopes: repository.scopes,
    headers: { 'content-type': manifest.mediaType },
    body: () => manifest.bytes,
  });
  if (response.status !== 201) throw await createResponseError(response, `store ${name}`);
  await response.body?.cancel();
  const stated = response.headers.get('docker-content-digest') ?? '';
  if (isDigest(stated) && digestAlgorithm(stated) === digestAlgorithm(manifest.digest) && stated !== manifest.digest) {
    throw verificationError(`the server stored ${name} under another digest`, {
      why: `${manifest.digest} was sent, and it answered ${stated}`,
      remedy: 'something between here and the server changes what is sent: use https',
    });
  }
  return {
    knowsReferrers: response.headers.get('oci-subject') !== null,
    knowsTagParameter: response.headers.get('oci-tag') !== null,
  };
}
