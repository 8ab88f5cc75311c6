import { MEDIA_TYPES, normalizeMediaType, type ParsedManifest } from '@roadstead/oci';

/** What an artifact is, in Harbor's words. */
export interface ArtifactKind {
  /** `IMAGE`, `CHART` …, in capitals. */
  readonly type: string;
  /** The media type that says so: that of the config; an index has its own. */
  readonly mediaType: string;
}

const UNKNOWN = 'UNKNOWN';

/** Of the config, where Harbor has a type for it or the form below does not give one. */
const TYPE_OF_CONFIG: Readonly<Record<string, string>> = {
  [MEDIA_TYPES.ociImageConfig]: 'IMAGE',
  [MEDIA_TYPES.dockerImageConfig]: 'IMAGE',
  'application/vnd.cncf.helm.config.v1+json': 'CHART',
  'application/vnd.cnab.manifest.v1': 'CNAB',
  'application/vnd.cnab.config.v1+json': 'CNAB',
  'application/vnd.cnab.bundle.config.v1+json': 'CNAB',
  'application/vnd.wasm.config.v0+json': 'WASM',
  'application/vnd.wasm.config.v1+json': 'WASM',
  'application/vnd.cnai.model.config.v1+json': 'CNAI',
  'application/vnd.cncf.model.config.v1+json': 'CNAI',
  'application/vnd.goharbor.harbor.sbom.v1': 'SBOM',
  'application/vnd.timoni.config.v1+json': 'TIMONI',
  'application/vnd.buildkit.cacheconfig.v0': 'BUILDKIT-CACHE',
};

/** Of the manifest, where the config says nothing. */
const TYPE_OF_ARTIFACT: Readonly<Record<string, string>> = {
  'application/vnd.opentofu.modulepkg': 'OPENTOFU-MODULE',
  'application/vnd.opentofu.provider': 'OPENTOFU-PROVIDER',
  'application/vnd.opentofu.provider-target': 'OPENTOFU-PROVIDER',
  'application/vnd.cnai.model.manifest.v1+json': 'CNAI',
  'application/vnd.cncf.model.manifest.v1+json': 'CNAI',
  'application/vnd.goharbor.harbor.sbom.v1': 'SBOM',
};

/** `application/vnd.<who>.<what>.config.<version>+json`: what is made by tools that the registry does not know is named by them. */
const CONFIG_FORM = /^application\/vnd\.[^.]+\.([^/]{1,64})\.config\.[^.]+$/;
const OLLAMA_LAYER = 'application/vnd.ollama.image.model';
/** CNAB says there what an index is. */
const TYPE_ANNOTATION = 'org.opencontainers.artifactType';
const WASM_ANNOTATIONS = ['module.wasm.image/variant', 'run.oci.handler'];

export function decideArtifactKind(manifest: ParsedManifest): ArtifactKind {
  const mediaType = mediaTypeOf(manifest);
  return { mediaType, type: typeOf(manifest, mediaType) };
}

function mediaTypeOf({ config, annotations, mediaType }: ParsedManifest): string {
  if (config !== undefined) return config.mediaType;
  return annotations[TYPE_ANNOTATION] || mediaType;
}

function typeOf(manifest: ParsedManifest, mediaType: string): string {
  const { artifactType, kind, layers, annotations } = manifest;
  // What Ollama pushes calls its config that of an image.
  if (layers.some((layer) => layer.mediaType === OLLAMA_LAYER)) return 'CNAI';
  const declared = artifactType === undefined ? undefined : TYPE_OF_ARTIFACT[artifactType];
  if (declared !== undefined) return declared;
  const known = TYPE_OF_CONFIG[mediaType];
  if (known === 'IMAGE' && WASM_ANNOTATIONS.some((name) => isWasm(annotations[name]))) return 'WASM';
  if (known !== undefined) return known;
  if (kind === 'index' && mediaType === manifest.mediaType) return 'IMAGE';
  const derived = deriveType(mediaType) ?? deriveType(artifactType ?? '');
  return derived ?? UNKNOWN;
}

function isWasm(value: string | undefined): boolean {
  return value !== undefined && /wasm|compat/i.test(value);
}

function deriveType(mediaType: string): string | undefined {
  const [, what] = CONFIG_FORM.exec(normalizeMediaType(mediaType) ?? '') ?? [];
  return what?.toUpperCase();
}
