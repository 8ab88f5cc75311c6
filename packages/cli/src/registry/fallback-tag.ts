import { type Descriptor, MEDIA_TYPES, referrersFallbackTag } from '@roadstead/oci';
import { createManifest, describeManifest, type Manifest } from '../content/manifest.ts';
import { findManifestHead, getManifest } from './get-manifest.ts';
import type { Repository } from './repository.ts';
import { describeReference } from './repository.ts';
import { createResponseError } from './response-error.ts';

/** What the fallback tag of `digest` lists (distribution spec § Referrers Tag Schema); nothing if there is no such tag. */
export async function listFallbackReferrers(
  repository: Repository,
  digest: Manifest['digest'],
): Promise<readonly Descriptor[]> {
  const tag = referrersFallbackTag(digest);
  if ((await findManifestHead(repository, tag)) === undefined) return [];
  return (await getManifest(repository, tag)).parsed.manifests;
}

/** Adds the manifest to the fallback tag of its subject. Two clients that do so at once may lose one entry: no API prevents it. */
export async function addToFallbackTag(repository: Repository, manifest: Manifest): Promise<void> {
  const subject = manifest.parsed.subject;
  if (!subject) return;
  const listed = await listFallbackReferrers(repository, subject.digest);
  if (listed.some((entry) => entry.digest === manifest.digest)) return;
  const index = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociImageIndex,
    manifests: [...listed, describeManifest(manifest)],
  };
  const tag = referrersFallbackTag(subject.digest);
  const name = describeReference(repository, tag);
  const { bytes } = createManifest(Buffer.from(JSON.stringify(index)), MEDIA_TYPES.ociImageIndex, undefined, name);
  const response = await repository.connection.send({
    method: 'PUT',
    target: `/v2/${repository.name}/manifests/${tag}`,
    scopes: repository.scopes,
    headers: { 'content-type': MEDIA_TYPES.ociImageIndex },
    body: () => bytes,
  });
  if (response.status !== 201) throw await createResponseError(response, `list a referrer in ${name}`);
  await response.body?.cancel();
}
