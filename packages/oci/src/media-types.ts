/** The media types that the registry itself knows by name. Any other is stored and served all the same. */
export const MEDIA_TYPES = {
  ociImageManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociImageIndex: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  /** No longer accepted; known so that the refusal can say so. */
  dockerManifestSchema1: 'application/vnd.docker.distribution.manifest.v1+json',
  dockerManifestSchema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  ociImageConfig: 'application/vnd.oci.image.config.v1+json',
  dockerImageConfig: 'application/vnd.docker.container.image.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  ociNonDistributableLayer: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
  ociNonDistributableLayerGzip: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  ociNonDistributableLayerZstd: 'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerForeignLayer: 'application/vnd.docker.image.rootfs.foreign.diff.tar',
  dockerForeignLayerGzip: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
} as const;

const IMAGE_MANIFEST_TYPES: ReadonlySet<string> = new Set([MEDIA_TYPES.ociImageManifest, MEDIA_TYPES.dockerManifest]);
const INDEX_TYPES: ReadonlySet<string> = new Set([MEDIA_TYPES.ociImageIndex, MEDIA_TYPES.dockerManifestList]);
const NON_DISTRIBUTABLE_TYPES: ReadonlySet<string> = new Set([
  MEDIA_TYPES.ociNonDistributableLayer,
  MEDIA_TYPES.ociNonDistributableLayerGzip,
  MEDIA_TYPES.ociNonDistributableLayerZstd,
  MEDIA_TYPES.dockerForeignLayer,
  MEDIA_TYPES.dockerForeignLayerGzip,
]);

/** The media types that a manifest may be pushed with. */
export const MANIFEST_TYPES: readonly string[] = [...IMAGE_MANIFEST_TYPES, ...INDEX_TYPES];

/** `mediaType` without parameters, as `normalizeMediaType` returns it; likewise below. */
export function isImageManifestType(mediaType: string): boolean {
  return IMAGE_MANIFEST_TYPES.has(mediaType);
}

export function isIndexType(mediaType: string): boolean {
  return INDEX_TYPES.has(mediaType);
}

export function isManifestType(mediaType: string): boolean {
  return isImageManifestType(mediaType) || isIndexType(mediaType);
}

/** Whether a layer's bytes may be absent because clients fetch them from its `urls`. Takes parameters too. */
export function isNonDistributable(mediaType: string): boolean {
  return NON_DISTRIBUTABLE_TYPES.has(normalizeMediaType(mediaType) ?? '');
}

/** RFC 6838 §4.2: restricted-name of 1 to 127 characters on each side of the slash. */
const MEDIA_TYPE_FORM = /^[a-z0-9][a-z0-9!#$&\-^_.+]{0,126}\/[a-z0-9][a-z0-9!#$&\-^_.+]{0,126}$/;

/**
 * The type of a Content-Type value, without parameters and in lower case (types compare without case, RFC 6838 §4.2).
 * @returns undefined when there is no value, or when it is not of the form type/subtype.
 */
export function normalizeMediaType(headerValue: string | null | undefined): string | undefined {
  if (headerValue === undefined || headerValue === null) return undefined;
  const semicolon = headerValue.indexOf(';');
  const mediaType = (semicolon < 0 ? headerValue : headerValue.slice(0, semicolon)).trim().toLowerCase();
  return MEDIA_TYPE_FORM.test(mediaType) ? mediaType : undefined;
}
