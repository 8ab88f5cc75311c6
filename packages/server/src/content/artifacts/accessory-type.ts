import { type Descriptor, type Digest, isDigest, type ParsedManifest, parseFallbackTag } from '@roadstead/oci';

/** What kind of accessory a manifest is, and of what. */
export interface Accessory {
  readonly type: AccessoryType;
  readonly subject: Digest;
}

/** Harbor's words, and ours in the same form where Harbor has none. */
export type AccessoryType =
  | 'signature.cosign'
  | 'signature.notation'
  | 'attestation.cosign'
  | 'attestation.buildkit'
  | 'sbom.harbor'
  | 'sbom.cosign'
  | 'sbom.spdx'
  | 'sbom.cyclonedx'
  | 'accelerator.nydus'
  | 'accelerator.soci'
  | 'subject.accessory';

const NYDUS_LAYER = 'containerd.io/snapshot/nydus-bootstrap';
const NYDUS_SOURCE = 'io.goharbor.artifact.v1alpha1.acceleration.source.digest';
const BUNDLE_FORM = /^application\/vnd\.dev\.sigstore\.bundle[.+]/;
const BUNDLE_CONTENT = 'dev.sigstore.bundle.content';
const BUNDLE_PREDICATE = 'dev.sigstore.bundle.predicateType';
const COSIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1';
const SOCI_FORM = /^application\/vnd\.amazon\.soci\.index\.v\d+\+json$/;
/** BuildKit and SOCI say in an index which of its entries belongs to which. */
const ENTRY_TYPE = 'vnd.docker.reference.type';
const ENTRY_SUBJECT = 'vnd.docker.reference.digest';
const SOCI_OF_ENTRY = 'com.amazon.soci.index-digest';

const TYPE_OF_ARTIFACT: Readonly<Record<string, AccessoryType>> = {
  'application/vnd.cncf.notary.signature': 'signature.notation',
  'application/vnd.dev.cosign.artifact.sig.v1+json': 'signature.cosign',
  'application/vnd.dev.cosign.artifact.att.v1+json': 'attestation.cosign',
  'application/vnd.dev.cosign.artifact.sbom.v1+json': 'sbom.cosign',
  'application/vnd.docker.attestation.manifest.v1+json': 'attestation.buildkit',
  'application/vnd.goharbor.harbor.sbom.v1': 'sbom.harbor',
  'application/spdx+json': 'sbom.spdx',
  'text/spdx+json': 'sbom.spdx',
  'text/spdx': 'sbom.spdx',
  'application/vnd.cyclonedx': 'sbom.cyclonedx',
  'application/vnd.cyclonedx+json': 'sbom.cyclonedx',
  'application/vnd.cyclonedx+xml': 'sbom.cyclonedx',
};

/** What cosign 2 appends to the tag that it makes of a digest. */
const TYPE_OF_SUFFIX: Readonly<Record<string, AccessoryType>> = {
  sig: 'signature.cosign',
  att: 'attestation.cosign',
  sbom: 'sbom.cosign',
};

/** What the manifest says of itself: its subject, or the image that Nydus made it of. */
export function findAccessory(manifest: ParsedManifest): Accessory | undefined {
  const { subject } = manifest;
  if (subject !== undefined) return { type: typeOfReferrer(manifest), subject: subject.digest };
  const source = manifest.annotations[NYDUS_SOURCE];
  return isNydus(manifest) && source !== undefined && isDigest(source)
    ? { type: 'accelerator.nydus', subject: source }
    : undefined;
}

/**
 * What a tag says of the manifest at which it stands: cosign 2 names signatures by the digest of what was signed, and clients keep lists of
 * referrers under it where they expect no referrers API.
 * @param kind of the manifest; only an index is such a list
 */
export function findAccessoryOfTag(tag: string, kind: ParsedManifest['kind']): Accessory | undefined {
  const { digest, suffix } = parseFallbackTag(tag) ?? {};
  if (digest === undefined) return undefined;
  if (suffix === undefined) return kind === 'index' ? { type: 'subject.accessory', subject: digest } : undefined;
  const type = TYPE_OF_SUFFIX[suffix];
  return type === undefined ? undefined : { type, subject: digest };
}

/** What an index says of its entries, by their digests. */
export function findAccessoriesOfEntries(entries: readonly Descriptor[]): ReadonlyMap<Digest, Accessory> {
  const digests = new Set(entries.map(({ digest }) => digest));
  const found = new Map<Digest, Accessory>();
  for (const { digest, annotations = {} } of entries) {
    const subject = annotations[ENTRY_SUBJECT];
    if (annotations[ENTRY_TYPE] === 'attestation-manifest' && subject !== undefined && isDigest(subject)) {
      found.set(digest, { type: 'attestation.buildkit', subject });
    }
    const soci = annotations[SOCI_OF_ENTRY];
    if (soci !== undefined && isDigest(soci) && digests.has(soci) && soci !== digest) {
      found.set(soci, { type: 'accelerator.soci', subject: digest });
    }
  }
  return found;
}

function typeOfReferrer(manifest: ParsedManifest): AccessoryType {
  const { artifactType = '', annotations } = manifest;
  if (BUNDLE_FORM.test(artifactType)) return typeOfBundle(annotations);
  if (SOCI_FORM.test(artifactType)) return 'accelerator.soci';
  if (isNydus(manifest)) return 'accelerator.nydus';
  return TYPE_OF_ARTIFACT[artifactType.split(';')[0]?.trim() ?? ''] ?? 'subject.accessory';
}

/** A bundle is a signature only if it says so: an attestation is signed too, and signs something else. */
function typeOfBundle(annotations: Readonly<Record<string, string>>): AccessoryType {
  const predicate = annotations[BUNDLE_PREDICATE];
  if (predicate === COSIGN_PREDICATE) return 'signature.cosign';
  if (predicate !== undefined) return 'attestation.cosign';
  return annotations[BUNDLE_CONTENT] === 'message-signature' ? 'signature.cosign' : 'subject.accessory';
}

function isNydus({ layers }: ParsedManifest): boolean {
  return layers.at(-1)?.annotations?.[NYDUS_LAYER] === 'true';
}
