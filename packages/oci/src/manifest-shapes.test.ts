import { describe, expect, it } from 'vitest';
import { isManifestDescriptor, type ParsedManifest, parseManifest } from './manifest.ts';
import { MEDIA_TYPES } from './media-types.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const CONFIG = { mediaType: MEDIA_TYPES.ociImageConfig, digest: DIGEST, size: 7 };
const LAYER = { mediaType: MEDIA_TYPES.ociLayerGzip, digest: DIGEST, size: 1000 };

function parse(document: unknown): ParsedManifest {
  return parseManifest(new TextEncoder().encode(JSON.stringify(document)), undefined);
}

/** Shapes that real clients push; a registry that refuses one of them is broken for that client. */
const EMPTY = { mediaType: MEDIA_TYPES.ociEmpty, digest: DIGEST, size: 2, data: 'e30=' };
const image = (config: object, layers: readonly object[], more: object = {}) => ({
  schemaVersion: 2,
  config,
  layers,
  ...more,
});
const blob = (mediaType: string, more: object = {}) => ({ mediaType, digest: DIGEST, size: 1, ...more });
const SUBJECT = { subject: blob(MEDIA_TYPES.ociImageManifest) };

describe('the manifest of', () => {
  it.each<[string, object, string | undefined]>([
    [
      'cosign 2',
      image(CONFIG, [
        blob('application/vnd.dev.cosign.simplesigning.v1+json', {
          annotations: { 'dev.cosignproject.cosign/signature': 'x' },
        }),
      ]),
      MEDIA_TYPES.ociImageConfig,
    ],
    [
      'cosign 2 with referrers',
      image(blob('application/vnd.dev.cosign.artifact.sig.v1+json'), [blob('text/spdx+json')], SUBJECT),
      'application/vnd.dev.cosign.artifact.sig.v1+json',
    ],
    [
      'cosign 3',
      image(EMPTY, [blob('application/vnd.dev.sigstore.bundle.v0.3+json')], {
        artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        ...SUBJECT,
      }),
      'application/vnd.dev.sigstore.bundle.v0.3+json',
    ],
    [
      'notation',
      image(EMPTY, [blob('application/jose+json')], {
        artifactType: 'application/vnd.cncf.notary.signature',
        ...SUBJECT,
      }),
      'application/vnd.cncf.notary.signature',
    ],
    [
      'a BuildKit cache',
      image(blob('application/vnd.buildkit.cacheconfig.v0'), [LAYER]),
      'application/vnd.buildkit.cacheconfig.v0',
    ],
    [
      'Helm',
      image(blob('application/vnd.cncf.helm.config.v1+json'), [
        blob('application/tar+gzip'),
        blob('application/vnd.cncf.helm.chart.provenance.v1.prov'),
      ]),
      'application/vnd.cncf.helm.config.v1+json',
    ],
    [
      'Flux',
      image(blob('application/vnd.cncf.flux.config.v1+json'), [blob('application/vnd.cncf.flux.content.v1.tar+gzip')]),
      'application/vnd.cncf.flux.config.v1+json',
    ],
    [
      'an OpenTofu module',
      image(EMPTY, [blob('archive/zip')], { artifactType: 'application/vnd.opentofu.modulepkg' }),
      'application/vnd.opentofu.modulepkg',
    ],
    [
      'an OpenTofu provider',
      {
        schemaVersion: 2,
        artifactType: 'application/vnd.opentofu.provider',
        manifests: [
          blob(MEDIA_TYPES.ociImageManifest, {
            artifactType: 'application/vnd.opentofu.provider-target',
            platform: { os: 'linux', architecture: 'amd64' },
          }),
        ],
      },
      'application/vnd.opentofu.provider',
    ],
    [
      'Ollama',
      image(
        blob(MEDIA_TYPES.dockerImageConfig),
        [blob('application/vnd.ollama.image.model', { size: 40_000_000_000 })],
        { mediaType: MEDIA_TYPES.dockerManifest },
      ),
      MEDIA_TYPES.dockerImageConfig,
    ],
    [
      'podman artifact',
      image(EMPTY, [blob('text/plain; charset=utf-8')], { artifactType: 'application/unknown' }),
      'application/unknown',
    ],
    [
      'zstd:chunked',
      image(CONFIG, [
        blob(MEDIA_TYPES.ociLayerZstd, {
          annotations: { 'io.github.containers.zstd-chunked.manifest-position': '1:2:3:1' },
        }),
      ]),
      MEDIA_TYPES.ociImageConfig,
    ],
    [
      'a foreign layer',
      image(CONFIG, [blob(MEDIA_TYPES.dockerForeignLayerGzip, { urls: ['https://example.com/l'] })]),
      MEDIA_TYPES.ociImageConfig,
    ],
    [
      'wasm',
      image(blob('application/vnd.wasm.config.v0+json'), [blob('application/wasm')]),
      'application/vnd.wasm.config.v0+json',
    ],
    ['no layers', image(EMPTY, [], { artifactType: 'application/x' }), 'application/x'],
    ['an empty index', { schemaVersion: 2, manifests: [] }, undefined],
    ['a nested index', { schemaVersion: 2, manifests: [blob(MEDIA_TYPES.ociImageIndex)], ...SUBJECT }, undefined],
    [
      'an old BuildKit cache, whose index lists layers',
      {
        schemaVersion: 2,
        manifests: [blob(MEDIA_TYPES.ociLayerGzip), blob('application/vnd.buildkit.cacheconfig.v0')],
      },
      undefined,
    ],
    [
      'attestations',
      {
        schemaVersion: 2,
        manifests: [
          blob(MEDIA_TYPES.ociImageManifest, {
            platform: { os: 'unknown', architecture: 'unknown' },
            annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
          }),
        ],
      },
      undefined,
    ],
    [
      'fields of its own',
      image(CONFIG, [{ ...LAYER, newField: 'x' }], { 'org.example.new': { deep: [[]] } }),
      MEDIA_TYPES.ociImageConfig,
    ],
  ])('%s is accepted', (_, document, artifactType) => {
    expect(parse(document).artifactType).toBe(artifactType);
  });

  it('an index tells which entries are manifests', () => {
    const { manifests } = parse({
      schemaVersion: 2,
      manifests: [blob(MEDIA_TYPES.ociLayerGzip), blob(`${MEDIA_TYPES.dockerManifest}; a=b`), blob('')],
    });
    expect(manifests.map(isManifestDescriptor)).toEqual([false, true, false]);
  });
});
