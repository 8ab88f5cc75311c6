import { describe, expect, it } from 'vitest';
import {
  isImageManifestType,
  isIndexType,
  isManifestType,
  isNonDistributable,
  MANIFEST_TYPES,
  MEDIA_TYPES,
  normalizeMediaType,
} from './media-types.ts';

describe('media types', () => {
  it('of images and indexes are told apart', () => {
    expect(MANIFEST_TYPES.filter(isImageManifestType)).toEqual([
      MEDIA_TYPES.ociImageManifest,
      MEDIA_TYPES.dockerManifest,
    ]);
    expect(MANIFEST_TYPES.filter(isIndexType)).toEqual([MEDIA_TYPES.ociImageIndex, MEDIA_TYPES.dockerManifestList]);
    expect(isManifestType(MEDIA_TYPES.dockerManifestSchema1)).toBe(false);
    expect(isManifestType('application/json')).toBe(false);
    expect(isManifestType('constructor')).toBe(false);
  });

  it.each([
    [MEDIA_TYPES.ociNonDistributableLayer, true],
    [MEDIA_TYPES.ociNonDistributableLayerGzip, true],
    [MEDIA_TYPES.ociNonDistributableLayerZstd, true],
    [MEDIA_TYPES.dockerForeignLayerGzip, true],
    [`${MEDIA_TYPES.dockerForeignLayerGzip}; x=y`, true],
    [MEDIA_TYPES.ociLayerGzip, false],
    [MEDIA_TYPES.dockerLayerGzip, false],
    ['', false],
  ])('%j is non-distributable: %s', (mediaType, expected) => {
    expect(isNonDistributable(mediaType)).toBe(expected);
  });

  it.each([
    ['text/plain; charset=utf-8', 'text/plain'],
    ['  Application/JSON ;q=1', 'application/json'],
    ['application/vnd.oci.image.layer.v1.tar+gzip', 'application/vnd.oci.image.layer.v1.tar+gzip'],
    [`${'a'.repeat(127)}/${'b'.repeat(127)}`, `${'a'.repeat(127)}/${'b'.repeat(127)}`],
    [`${'a'.repeat(128)}/b`, undefined],
    [`a/${'b'.repeat(128)}`, undefined],
    ['', undefined],
    [';', undefined],
    ['text', undefined],
    ['text/', undefined],
    ['/plain', undefined],
    ['text/plain/x', undefined],
    ['text/plain, text/html', undefined],
    ['*/*', undefined],
    ['text/pl ain', undefined],
    ['text/plain\r\nx: y', undefined],
    ['-a/b', undefined],
    [undefined, undefined],
    [null, undefined],
  ])('%j is normalized to %j', (header, expected) => {
    expect(normalizeMediaType(header)).toBe(expected);
  });
});
