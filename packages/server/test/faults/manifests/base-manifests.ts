import {
  blobOf,
  CONFIG_TYPE,
  DOCKER_LIST_TYPE,
  DOCKER_TYPE,
  descriptorOf,
  IMAGE_TYPE,
  INDEX_TYPE,
  LAYER_TYPE,
  type SeededContent,
} from '../seeded-content.ts';

/** A valid document, and the Content-Type to push it with. */
export interface BaseManifest {
  readonly name: string;
  readonly document: Readonly<Record<string, unknown>>;
  readonly contentType: string;
}

/** Valid manifests of every kind, which the mutations begin with. */
export function createBaseManifests({ blob, config, wideBlob, image }: SeededContent): readonly BaseManifest[] {
  const configDescriptor = descriptorOf(CONFIG_TYPE, config);
  const layers = [descriptorOf(LAYER_TYPE, blob), descriptorOf('application/vnd.example.data', wideBlob)];
  const annotations = { 'org.opencontainers.image.title': 'a title', 'org.example.empty': '' };
  const imageEntry = descriptorOf(IMAGE_TYPE, image);
  const platform = { architecture: 'arm64', os: 'linux', variant: 'v8', 'os.version': '1', 'os.features': ['x'] };
  const embedded = { ...configDescriptor, data: config.bytes.toString('base64') };
  const absent = descriptorOf(LAYER_TYPE, blobOf('bytes that are nowhere'));
  const base = (name: string, contentType: string, document: Record<string, unknown>): BaseManifest => ({
    name,
    contentType,
    document: { schemaVersion: 2, mediaType: contentType, ...document },
  });
  return [
    base('image', IMAGE_TYPE, { config: configDescriptor, layers, annotations }),
    base('Docker image', DOCKER_TYPE, { config: configDescriptor, layers: layers.slice(0, 1) }),
    base('index', INDEX_TYPE, { manifests: [{ ...imageEntry, platform }, imageEntry], annotations }),
    base('Docker list', DOCKER_LIST_TYPE, {
      manifests: [{ ...imageEntry, platform: { architecture: 'amd64', os: 'linux' } }],
    }),
    base('artifact', IMAGE_TYPE, {
      artifactType: 'application/vnd.example.sbom',
      config: embedded,
      layers: [],
      subject: imageEntry,
      annotations,
    }),
    base('empty index', INDEX_TYPE, { manifests: [], subject: imageEntry }),
    base('index of blobs', INDEX_TYPE, { manifests: layers }),
    base('image with foreign layers', IMAGE_TYPE, {
      config: configDescriptor,
      layers: [
        { ...absent, urls: ['https://example.com/layer'] },
        { ...absent, mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip' },
      ],
    }),
    {
      name: 'image without mediaType',
      contentType: IMAGE_TYPE,
      document: { schemaVersion: 2, config: configDescriptor, layers },
    },
  ];
}
