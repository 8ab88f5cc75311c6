import assert from 'node:assert/strict';
import { type ArtifactShape, artifactShapes } from '../bench/artifact-shape.ts';
import { type Cell, type ClientSuite, createSuite } from '../bench/client-suite.ts';
import { attachedShapes, pushedShapes } from '../shapes/pushed-shapes.ts';
import { ShapeSession } from '../shapes/shape-session.ts';

type Check = (session: ShapeSession) => Promise<void>;

const IMAGE_CONFIG = 'application/vnd.oci.image.config.v1+json';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CHART = {
  ...{ type: 'CHART', mediaType: 'application/vnd.cncf.helm.config.v1+json' },
  additions: ['dependencies', 'readme.md', 'values.yaml'],
};
const PLAIN_SIGNING = ['--key', 'key.key', '--allow-http-registry', '-y'];

/** Pushes a chart with helm. */
async function pushChart(session: ShapeSession, group: string): Promise<void> {
  const metadata = 'apiVersion: v2\nname: shaped\nversion: 1.0.0\ndescription: A chart\n';
  session.writeFile(`${group}/shaped/Chart.yaml`, metadata);
  session.writeFile(`${group}/shaped/values.yaml`, 'greeting: hello\n');
  session.writeFile(`${group}/shaped/README.md`, '# Shaped\n');
  const cwd = session.home.path(group);
  await session.home.run(session.helm, ['package', 'shaped'], { cwd });
  if (group === 'proven') session.writeFile(`${group}/shaped-1.0.0.tgz.prov`, 'a provenance\n');
  const config = session.home.path('home/.docker/config.json');
  const target = `oci://${session.host}/${session.repository(group)}`;
  const args = ['push', 'shaped-1.0.0.tgz', target, '--plain-http', '--registry-config', config];
  await session.home.run(session.helm, args, { cwd });
  const artifact = await session.registry.findArtifact(session.repository(`${group}/shaped`), '1.0.0');
  assert.deepEqual([artifact?.type, artifact?.media_type], [CHART.type, CHART.mediaType]);
  assert.deepEqual(Object.keys(artifact?.addition_links ?? {}).toSorted(), CHART.additions);
}

/** Signs or attests with cosign, and asserts of what kind the one accessory is. */
async function accessoryOf(
  session: ShapeSession,
  type: string,
  make: (image: string) => Promise<unknown>,
): Promise<void> {
  const subject = await session.provideSubject();
  const { digest } = session.images.amd64.root;
  await make(session.pinned(subject, digest));
  await session.registry.mustBeShown(session.repository(subject), digest, 'IMAGE', type);
}

function cosign2(type: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Check {
  return (session) =>
    accessoryOf(session, type, (image) =>
      session.home.run(session.cosign2, [...args, ...PLAIN_SIGNING, '--tlog-upload=false', image], { env }),
    );
}

function cosign3(type: string, args: readonly string[]): Check {
  return (session) =>
    accessoryOf(session, type, (image) => {
      const services = ['--signing-config', session.home.path('no-services.json')];
      return session.home.run(session.cosign3, [...args, ...PLAIN_SIGNING, ...services, image]);
    });
}

const attest: readonly string[] = ['attest', '--type', 'custom', '--predicate', 'predicate.json'];

function withPredicate(check: Check): Check {
  return async (session) => {
    session.writeFile('predicate.json', '{"built":"by hand"}');
    await check(session);
  };
}

/** A child of an index that is pushed by its digest. */
async function pushChild(session: ShapeSession, name: string, artifactType: string): Promise<object> {
  const files = [['part.bin', artifactType, 'application/octet-stream']] as const;
  const shown = { type: '', mediaType: '' };
  await session.pushShape(name, { shape: 'index', artifactType, files, shown });
  const { digest, mediaType } = await session.registry.getManifest(session.repository(name), 'v1');
  const { stdout } = await session.run(['manifest', 'fetch', '--plain-http', session.reference(name)]);
  return { mediaType, digest, size: Buffer.byteLength(stdout.trimEnd()), artifactType };
}

const ofTools: Readonly<Partial<Record<ArtifactShape, Check>>> = {
  image: async (session) => {
    await session.registry.pushLayout(
      session.images.amd64.layout,
      session.images.amd64.root,
      session.repository('image'),
      'v1',
    );
    await session.mustShow('image', { type: 'IMAGE', mediaType: IMAGE_CONFIG, additions: ['build_history'] });
  },
  index: async (session) => {
    await session.run([
      'cp',
      '--from-oci-layout',
      '--to-plain-http',
      `${session.images.multi.layout}:v1`,
      session.reference('index'),
    ]);
    await session.mustShow('index', { type: 'IMAGE', mediaType: INDEX }, /image\.index/);
    const artifact = await session.registry.findArtifact(session.repository('index'), 'v1');
    assert.equal(artifact?.references?.length, 2);
  },
  'Docker image': async (session) => {
    const name = await session.provideSubject();
    const { json } = await session.registry.getManifest(session.repository(name), 'v1');
    const [config, layers] = [json.config, json.layers ?? []];
    const mediaType = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
    await session.pushManifest(session.reference(name, 'v1'), DOCKER_MANIFEST, {
      schemaVersion: 2,
      config: { ...config, mediaType: 'application/vnd.docker.container.image.v1+json' },
      layers: layers.map((layer) => ({ ...layer, mediaType })),
    });
    const shown = {
      type: 'IMAGE',
      mediaType: 'application/vnd.docker.container.image.v1+json',
      additions: ['build_history'],
    };
    await session.mustShow(name, shown, /docker\.distribution\.manifest\.v2/);
  },
  'Helm chart': (session) => pushChart(session, 'charts'),
  'Helm chart with provenance': (session) => pushChart(session, 'proven'),
  'OpenTofu provider': async (session) => {
    const child = await pushChild(session, 'provider', 'application/vnd.opentofu.provider-target');
    const manifests = [{ ...child, platform: { architecture: 'amd64', os: 'linux' } }];
    const index = { schemaVersion: 2, artifactType: 'application/vnd.opentofu.provider', manifests };
    await session.pushManifest(session.reference('provider'), INDEX, index);
    await session.mustShow('provider', { type: 'OPENTOFU-PROVIDER', mediaType: INDEX }, /image\.index/);
  },
  'Ollama model': async (session) => {
    const mediaType = 'application/vnd.docker.container.image.v1+json';
    const files = [['model.gguf', 'weights', 'application/vnd.ollama.image.model']] as const;
    const config = ['config.json', '{"model_format":"gguf"}', mediaType] as const;
    const shown = { type: 'CNAI', mediaType, additions: ['files', 'license', 'readme.md'] };
    await session.pushShape('ollama', { shape: 'Ollama model', config, files, shown });
    await session.mustShow('ollama', shown);
  },
  'CNAB bundle': async (session) => {
    const image = await session.provideSubject();
    const { digest, mediaType } = await session.registry.getManifest(session.repository(image), 'v1');
    const manifests = [{ mediaType, digest, size: session.images.amd64.root.size }];
    const annotations = { 'org.opencontainers.artifactType': 'application/vnd.cnab.manifest.v1' };
    await session.pushManifest(session.reference(image, 'v1'), INDEX, { schemaVersion: 2, manifests, annotations });
    await session.mustShow(image, { type: 'CNAB', mediaType: 'application/vnd.cnab.manifest.v1' }, /image\.index/);
  },
  'BuildKit attestation': async (session) => {
    const name = await session.provideSubject();
    const { root } = session.images.amd64;
    const child = await pushChild(session, name, 'application/vnd.in-toto+json');
    const annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': root.digest,
    };
    const image = {
      mediaType: MANIFEST,
      digest: root.digest,
      size: root.size,
      platform: { architecture: 'amd64', os: 'linux' },
    };
    const attestation = { ...child, annotations, platform: { architecture: 'unknown', os: 'unknown' } };
    await session.pushManifest(session.reference(name, 'v1'), INDEX, {
      schemaVersion: 2,
      manifests: [image, attestation],
    });
    await session.registry.mustBeShown(session.repository(name), root.digest, 'IMAGE', 'attestation.buildkit');
  },
  'cosign 2 signature': cosign2('signature.cosign', ['sign']),
  'cosign 2 attestation': withPredicate(cosign2('attestation.cosign', attest)),
  'cosign 2 SBOM': (session) =>
    accessoryOf(session, 'sbom.cosign', (image) => {
      const sbom = session.writeFile('sbom.json', '{"spdxVersion":"SPDX-2.3"}');
      const args = ['attach', 'sbom', '--sbom', sbom, '--type', 'spdx', '--allow-http-registry', image];
      return session.home.run(session.cosign2, args);
    }),
  'cosign 2 signature as a referrer': cosign2('signature.cosign', ['sign', '--registry-referrers-mode=oci-1-1'], {
    COSIGN_EXPERIMENTAL: '1',
  }),
  'cosign 3 signature': cosign3('signature.cosign', ['sign']),
  'cosign 3 attestation': withPredicate(cosign3('attestation.cosign', attest)),
  'notation signature': (session) =>
    accessoryOf(session, 'signature.notation', (image) => {
      const args = ['sign', '--insecure-registry', '--key', 'ann.example.test', '--force-referrers-tag=false', image];
      return session.home.run(session.notation, args);
    }),
  'Nydus image': async (session) => {
    const name = await session.provideSubject();
    const { digest } = session.images.amd64.root;
    const { json } = await session.registry.getManifest(session.repository(name), 'v1');
    const marked = (json.layers ?? []).map((layer, at, all) =>
      at === all.length - 1 ? { ...layer, annotations: { 'containerd.io/snapshot/nydus-bootstrap': 'true' } } : layer,
    );
    const annotations = { 'io.goharbor.artifact.v1alpha1.acceleration.source.digest': digest };
    await session.pushManifest(session.reference(name, 'v1-nydus'), MANIFEST, { ...json, layers: marked, annotations });
    await session.registry.mustBeShown(session.repository(name), digest, 'IMAGE', 'accelerator.nydus');
  },
};

function checkOf(shape: ArtifactShape): Check {
  const ofTool = ofTools[shape];
  if (ofTool !== undefined) return ofTool;
  const pushed = pushedShapes.find((each) => each.shape === shape);
  if (pushed !== undefined) {
    const name = shape.toLowerCase().replaceAll(' ', '-');
    return async (session) => {
      await session.pushShape(name, pushed);
      await session.mustShow(name, pushed.shown);
    };
  }
  const attached = attachedShapes.find((each) => each.shape === shape);
  if (attached === undefined) throw new Error(`nothing makes the shape ${shape}`);
  return (session) =>
    accessoryOf(session, attached.type, async (image) => {
      const [repository = ''] = image.split('@');
      await session.attachShape(repository.slice(repository.lastIndexOf('/') + 1), attached);
    });
}

/** What the management API makes of artifacts of every kind: their types, media types and additions, and what belongs to what. */
export function shapesSuite(): ClientSuite {
  return createSuite<ShapeSession>({
    client: 'shapes',
    version: '(oras, helm, cosign, notation)',
    tools: ['debian', 'oras-new', 'helm4-new', 'cosign3', 'notation'],
    open: (bench) => ShapeSession.open(bench),
    cells: artifactShapes.map((shape): Cell<ShapeSession> => ({ operation: shape, run: checkOf(shape) })),
  });
}
