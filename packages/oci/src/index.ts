export type { BearerChallenge, Challenge } from './auth-challenge.ts';
export { formatBearerChallenge, parseChallenges } from './auth-challenge.ts';
export { decodeBase64, findBase64Length } from './base64.ts';
export type { ByteRange, ByteRanges, ContentRange } from './byte-ranges.ts';
export { formatUploadRange, parseByteRanges, parseContentRange } from './byte-ranges.ts';
export type { Descriptor, Platform } from './descriptor.ts';
export type { Digest, DigestAlgorithm } from './digest.ts';
export {
  createDigest,
  digestAlgorithm,
  digestFromBytes,
  digestHex,
  digestToBytes,
  isDigest,
  parseDigest,
  parseDigestAlgorithm,
} from './digest.ts';
export type { OciErrorBody, OciErrorCode, OciErrorEntry, OciErrorOptions } from './errors.ts';
export { OciError, renderOciErrors } from './errors.ts';
export type { EntityTag } from './etag.ts';
export { formatEntityTag, matchesDigest, parseEntityTags, satisfiesIfMatch, satisfiesIfNoneMatch } from './etag.ts';
export type { ImageReference, ImageReferenceOptions } from './image-reference.ts';
export { parseImageReference } from './image-reference.ts';
export { formatNextLink, parseNextLink } from './link-header.ts';
export type { ParsedManifest, ParseManifestOptions } from './manifest.ts';
export { isManifestDescriptor, MAX_MANIFEST_DESCRIPTORS, parseManifest } from './manifest.ts';
export {
  isImageManifestType,
  isIndexType,
  isManifestType,
  isNonDistributable,
  MANIFEST_TYPES,
  MEDIA_TYPES,
  normalizeMediaType,
} from './media-types.ts';
export {
  isRepositoryName,
  MAX_NAME_SEGMENT_LENGTH,
  MAX_REPOSITORY_NAME_LENGTH,
  parseRepositoryName,
  projectOf,
} from './name.ts';
export type { PageSizeLimits } from './page-size.ts';
export { parsePageSize } from './page-size.ts';
export { quoteForMessage } from './quote-for-message.ts';
export type { FallbackTag, Reference } from './reference.ts';
export { isTag, parseFallbackTag, parseReference, parseTag, referrersFallbackTag } from './reference.ts';
export type { ParseScopesOptions, ResourceScope } from './scope.ts';
export { formatScope, parseScope, parseScopes } from './scope.ts';
export type { StrictJsonOptions } from './strict-json.ts';
export { parseStrictJson } from './strict-json.ts';
