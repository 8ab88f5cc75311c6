import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { MEDIA_TYPES } from '@roadstead/oci';
import {
  composeManifest,
  describeBlob,
  freshBytes,
  type SampleDescriptor,
  type SampleManifest,
} from './sample-content.ts';

const EMPTY = Buffer.from('{}');

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify({ ...value, nonce: randomBytes(8).toString('hex') }));
}

/** An image manifest of these parts. */
export function compose(
  config: readonly [bytes: Buffer, mediaType: string],
  layers: readonly (readonly [bytes: Buffer, mediaType: string, more?: object])[],
  fields: object = {},
): SampleManifest {
  const document = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociImageManifest,
    config: describeBlob(...config),
    layers: layers.map(([bytes, mediaType, more]) => ({ ...describeBlob(bytes, mediaType), ...more })),
    ...fields,
  };
  return composeManifest(document, [config[0], ...layers.map(([bytes]) => bytes)]);
}

/** A manifest without a config, as tools write artifacts that are no images. */
export function artifact(
  artifactType: string,
  layers: readonly (readonly [bytes: Buffer, mediaType: string, more?: object])[],
  fields: object = {},
): SampleManifest {
  return compose([EMPTY, MEDIA_TYPES.ociEmpty], layers, { artifactType, ...fields });
}

export const HISTORY = [
  { created: '2026-01-02T03:04:05Z', created_by: 'COPY / /', comment: 'buildkit.dockerfile.v0' },
  { created: '2026-01-02T03:04:06Z', created_by: 'CMD ["app"]', empty_layer: true },
];

/** As docker buildx and buildah make it. */
export function image(fields: object = {}, config: object = {}): SampleManifest {
  const bytes = json({
    architecture: 'arm64',
    os: 'linux',
    created: '2026-01-02T03:04:05Z',
    author: 'somebody',
    config: { Env: ['PATH=/bin'], Labels: { team: 'a' } },
    rootfs: { type: 'layers', diff_ids: [] },
    history: HISTORY,
    ...config,
  });
  return compose([bytes, MEDIA_TYPES.ociImageConfig], [[freshBytes(2_000), MEDIA_TYPES.ociLayerGzip]], fields);
}

/** As cosign 2 signs: the tag says what. */
export function cosignSignature(): SampleManifest {
  const layer = json({ critical: {} });
  const annotations = { 'dev.cosignproject.cosign/signature': 'MEUCIQ' };
  return compose(
    [json({ architecture: '', os: '' }), MEDIA_TYPES.ociImageConfig],
    [[layer, 'application/vnd.dev.cosign.simplesigning.v1+json', { annotations }]],
  );
}

export const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1';
export const SLSA = 'https://slsa.dev/provenance/v1';

/** As cosign 3 signs and attests: a bundle that refers to its subject. */
export function bundle(subject: SampleDescriptor, predicateType: string | undefined): SampleManifest {
  const type = 'application/vnd.dev.sigstore.bundle.v0.3+json';
  return artifact(type, [[json({ mediaType: type }), type]], {
    subject,
    annotations: {
      'org.opencontainers.image.created': '2026-01-02T03:04:05Z',
      ...(predicateType !== undefined && {
        'dev.sigstore.bundle.content': 'dsse-envelope',
        'dev.sigstore.bundle.predicateType': predicateType,
      }),
    },
  });
}

/** Anything that refers to a subject. */
export function referrer(subject: SampleDescriptor, artifactType: string): SampleManifest {
  return artifact(artifactType, [[json({}), 'application/octet-stream']], { subject });
}

/** BuildKit's provenance, an entry of the index beside the image that it is about. */
export function buildkitAttestation(): SampleManifest {
  return compose(
    [json({ architecture: 'unknown', os: 'unknown' }), MEDIA_TYPES.ociImageConfig],
    [[json({}), 'application/vnd.in-toto+json', { annotations: { 'in-toto.io/predicate-type': SLSA } }]],
  );
}

export const CHART_METADATA = {
  apiVersion: 'v2',
  name: 'web',
  version: '1.2.3',
  appVersion: '4.5',
  description: 'A chart',
  dependencies: [{ name: 'redis', version: '1.x', repository: 'oci://registry.example.com/charts' }],
};

/** As `helm push` makes it. */
export function chart(files: Readonly<Record<string, string>> = {}): SampleManifest {
  const tar = tarOf({
    'web/Chart.yaml': 'name: web\nversion: 1.2.3\n',
    'web/values.yaml': 'replicas: 1\n',
    'web/README.md': '# Web\n',
    'web/charts/redis/values.yaml': 'wrong: true\n',
    'web/nonce': randomBytes(8).toString('hex'),
    ...files,
  });
  return compose(
    [Buffer.from(JSON.stringify(CHART_METADATA)), 'application/vnd.cncf.helm.config.v1+json'],
    [[gzipSync(tar), 'application/vnd.cncf.helm.chart.content.v1.tar+gzip']],
  );
}

/** A tar archive (POSIX ustar) of these files. */
export function tarOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const blocks: Buffer[] = [];
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content);
    blocks.push(tarHeader(name, bytes.length), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1_024)]);
}

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
