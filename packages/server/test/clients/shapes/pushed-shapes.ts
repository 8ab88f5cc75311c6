import type { ArtifactShape } from '../bench/artifact-shape.ts';

/** A file of an artifact: its name, its content, and its media type. */
type PushedFile = readonly [name: string, content: string, mediaType: string];

export interface PushedShape {
  readonly shape: ArtifactShape;
  readonly config?: PushedFile;
  readonly artifactType?: string;
  readonly files: readonly PushedFile[];
  /** `key=value` of the manifest. */
  readonly annotations?: readonly string[];
  /** What the management API shows. */
  readonly shown: {
    readonly type: string;
    readonly mediaType: string;
    readonly additions?: readonly string[];
  };
}

const EMPTY = 'application/vnd.oci.empty.v1+json';
const IMAGE_CONFIG = 'application/vnd.oci.image.config.v1+json';
const WASM_CONFIG = '{"architecture":"wasm","os":"wasip1","layerDigests":[]}';
const IMAGE_CONFIG_JSON = '{"architecture":"wasm","os":"wasi","rootfs":{"type":"layers","diff_ids":[]}}';
const MODEL_ADDITIONS = ['files', 'license', 'readme.md'];

const config = (content: string, mediaType: string): PushedFile => ['config.json', content, mediaType];

/** What the tools of these formats push, made with oras: the manifests have the same form. */
export const pushedShapes: readonly PushedShape[] = [
  {
    shape: 'Flux artifact',
    config: config('{}', 'application/vnd.cncf.flux.config.v1+json'),
    files: [['content.tgz', 'flux', 'application/vnd.cncf.flux.content.v1.tar+gzip']],
    annotations: ['org.opencontainers.image.source=https://example.com/flux'],
    shown: { type: 'FLUX', mediaType: 'application/vnd.cncf.flux.config.v1+json' },
  },
  {
    shape: 'Timoni module',
    config: config('{}', 'application/vnd.timoni.config.v1+json'),
    files: [['module.tgz', 'timoni', 'application/vnd.timoni.content.v1.tar+gzip']],
    shown: { type: 'TIMONI', mediaType: 'application/vnd.timoni.config.v1+json' },
  },
  {
    shape: 'OpenTofu module',
    artifactType: 'application/vnd.opentofu.modulepkg',
    files: [['module.zip', 'PK', 'archive/zip']],
    shown: { type: 'OPENTOFU-MODULE', mediaType: EMPTY },
  },
  {
    shape: 'WASM module',
    config: config(WASM_CONFIG, 'application/vnd.wasm.config.v0+json'),
    files: [['app.wasm', '\0asm', 'application/wasm']],
    shown: { type: 'WASM', mediaType: 'application/vnd.wasm.config.v0+json', additions: ['build_history'] },
  },
  {
    shape: 'WASM image',
    config: config(IMAGE_CONFIG_JSON, IMAGE_CONFIG),
    files: [['app.tar', '\0asm', 'application/vnd.oci.image.layer.v1.tar']],
    annotations: ['module.wasm.image/variant=compat'],
    shown: { type: 'WASM', mediaType: IMAGE_CONFIG, additions: ['build_history'] },
  },
  {
    shape: 'ModelPack model',
    config: config('{"descriptor":{"name":"tiny"}}', 'application/vnd.cncf.model.config.v1+json'),
    artifactType: 'application/vnd.cncf.model.manifest.v1+json',
    files: [
      ['model.bin', 'weights', 'application/vnd.cncf.model.weight.v1.raw'],
      ['README.md', '# Tiny', 'application/vnd.cncf.model.doc.v1.raw'],
    ],
    shown: { type: 'CNAI', mediaType: 'application/vnd.cncf.model.config.v1+json', additions: MODEL_ADDITIONS },
  },
  {
    shape: 'KitOps model',
    config: config('{"manifestVersion":"1.0"}', 'application/vnd.kitops.modelkit.config.v1+json'),
    files: [['model.tar', 'weights', 'application/vnd.kitops.modelkit.model.v1.tar']],
    shown: {
      type: 'MODELKIT',
      mediaType: 'application/vnd.kitops.modelkit.config.v1+json',
      additions: MODEL_ADDITIONS,
    },
  },
  {
    shape: 'Apptainer image',
    config: config('{}', 'application/vnd.sylabs.sif.config.v1+json'),
    files: [['image.sif', 'SIF', 'application/vnd.sylabs.sif.layer.v1.sif']],
    shown: { type: 'SIF', mediaType: 'application/vnd.sylabs.sif.config.v1+json' },
  },
  {
    shape: 'Podman artifact',
    artifactType: 'application/vnd.podman.thing',
    files: [['note.txt', 'a note', 'text/plain; charset=utf-8']],
    shown: { type: 'UNKNOWN', mediaType: EMPTY },
  },
  {
    shape: 'file without a type',
    files: [['note.txt', 'a note', 'text/plain']],
    shown: { type: 'UNKNOWN', mediaType: EMPTY },
  },
  {
    shape: 'build cache',
    config: config('{"layers":[],"records":[]}', 'application/vnd.buildkit.cacheconfig.v0'),
    files: [['layer.tgz', 'cached', 'application/vnd.oci.image.layer.v1.tar+gzip']],
    shown: { type: 'BUILDKIT-CACHE', mediaType: 'application/vnd.buildkit.cacheconfig.v0' },
  },
];

export interface AttachedShape {
  readonly shape: ArtifactShape;
  readonly artifactType: string;
  readonly file: PushedFile;
  readonly annotations?: readonly string[];
  /** Of the accessory. */
  readonly type: string;
}

/** Referrers that oras attaches. */
export const attachedShapes: readonly AttachedShape[] = [
  {
    shape: 'SPDX SBOM',
    artifactType: 'application/spdx+json',
    file: ['sbom.spdx.json', '{"spdxVersion":"SPDX-2.3"}', 'application/spdx+json'],
    type: 'sbom.spdx',
  },
  {
    shape: 'CycloneDX SBOM',
    artifactType: 'application/vnd.cyclonedx+json',
    file: ['bom.json', '{"bomFormat":"CycloneDX","specVersion":"1.6"}', 'application/vnd.cyclonedx+json'],
    type: 'sbom.cyclonedx',
  },
  {
    shape: 'SOCI index',
    artifactType: 'application/vnd.amazon.soci.index.v1+json',
    file: ['ztoc.bin', 'ztoc', 'application/octet-stream'],
    type: 'accelerator.soci',
  },
  {
    shape: 'accessory of an unknown kind',
    artifactType: 'application/vnd.example.review',
    file: ['review.json', '{"approved":true}', 'application/json'],
    type: 'subject.accessory',
  },
];
