import assert from 'node:assert/strict';
import { ClientSession } from '../bench/client-session.ts';
import { type Bench, type Cell, type ClientSuite, createSuite } from '../bench/client-suite.ts';

type CosignCell = Cell<ClientSession>;

const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const noAccess = /unauthorized|denied|401|403/i;
const plain = '--allow-http-registry';
/** Signatures are made and checked with a key alone, so nothing outside this machine is asked. */
const verifyFlags = [plain, '--insecure-ignore-tlog=true'];

function pinnedImage(session: ClientSession, name: string): string {
  return session.pinned(name, session.images.amd64.root.digest);
}

/** The tag that cosign derives from a digest. */
function derivedTag(digest: string, ending: string): string {
  return `${digest.replace(':', '-')}.${ending}`;
}

/** Signing in the way of the generation: cosign 2 leaves the log out, cosign 3 is given a list of no services. */
function signFlags(session: ClientSession): string[] {
  const key = ['--key', session.home.path('good.key'), plain, '-y'];
  if (session.home.env['GENERATION'] === '2') return [...key, '--tlog-upload=false'];
  return [...key, '--signing-config', session.home.path('no-services.json')];
}

async function makeKeys(session: ClientSession): Promise<void> {
  for (const name of ['good', 'other']) await session.run(['generate-key-pair', '--output-key-prefix', name]);
}

const setUpCells: readonly CosignCell[] = [
  {
    operation: 'login',
    async run(session) {
      const { username, password } = session.registry.access;
      await session.run(['login', session.host, '-u', username, '--password-stdin'], { input: password });
      await session.run(['triangulate', plain, pinnedImage(session, 'app')]);
    },
  },
  {
    operation: 'refuse an unsigned image',
    async run(session) {
      const args = ['verify', '--key', session.home.path('good.pub'), ...verifyFlags];
      await session.refused([...args, pinnedImage(session, 'unsigned')], /no (matching )?signatures/i);
    },
  },
];

/** Asserts that the default signature of the generation is there. */
async function mustBeSigned(session: ClientSession, repository: string, digest: string): Promise<void> {
  const { registry, home } = session;
  if (home.env['GENERATION'] === '3') {
    const referrer = await registry.mustHaveReferrer(repository, digest, bundleType);
    await registry.mustHaveParts(repository, await registry.getManifest(repository, referrer.digest));
    return;
  }
  const signature = await registry.getManifest(repository, derivedTag(digest, 'sig'));
  assert.equal(signature.json.layers?.[0]?.mediaType, 'application/vnd.dev.cosign.simplesigning.v1+json');
  await registry.mustHaveParts(repository, signature);
}

const signCells: readonly CosignCell[] = [
  {
    operation: 'sign',
    async run(session) {
      await session.run(['sign', ...signFlags(session), pinnedImage(session, 'app')]);
      await mustBeSigned(session, session.repository('app'), session.images.amd64.root.digest);
    },
  },
  {
    operation: 'verify',
    async run(session) {
      const args = ['verify', '--key', session.home.path('good.pub'), ...verifyFlags, pinnedImage(session, 'app')];
      const { stdout } = await session.run(args);
      assert.ok(stdout.includes(session.images.amd64.root.digest), stdout);
    },
  },
  {
    operation: 'refuse a wrong key',
    async run(session) {
      const args = ['verify', '--key', session.home.path('other.pub'), ...verifyFlags, pinnedImage(session, 'app')];
      await session.refused(args, /no matching signatures|invalid signature|could not verify/i);
    },
  },
  {
    operation: 'sign an index',
    async run(session) {
      const { images } = session;
      const index = session.pinned('multi', images.multi.root.digest);
      await session.run(['sign', '--recursive', ...signFlags(session), index]);
      for (const image of [images.multi, images.amd64, images.arm64]) {
        await mustBeSigned(session, session.repository('multi'), image.root.digest);
      }
      await session.run(['verify', '--key', session.home.path('good.pub'), ...verifyFlags, index]);
    },
  },
  {
    operation: 'attest',
    async run(session) {
      const predicate = session.writeFile('predicate.json', '{"built":"by the client matrix"}');
      const args = ['attest', ...signFlags(session), '--type', 'custom', '--predicate', predicate];
      await session.run([...args, pinnedImage(session, 'app')]);
    },
  },
  {
    operation: 'verify an attestation',
    async run(session) {
      const args = ['verify-attestation', '--key', session.home.path('good.pub'), ...verifyFlags, '--type', 'custom'];
      const { stdout } = await session.run([...args, pinnedImage(session, 'app')]);
      const { payload } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { payload: string };
      assert.match(Buffer.from(payload, 'base64').toString(), /by the client matrix/);
      await session.refused([...args, pinnedImage(session, 'unsigned')], /no (matching )?(attestations|signatures)/i);
    },
  },
  {
    operation: 'attach an SBOM',
    async run(session) {
      const { registry, images } = session;
      const sbom = session.writeFile('sbom.json', '{"spdxVersion":"SPDX-2.3"}');
      await session.run(['attach', 'sbom', '--sbom', sbom, '--type', 'spdx', plain, pinnedImage(session, 'app')]);
      const repository = session.repository('app');
      const stored = await registry.getManifest(repository, derivedTag(images.amd64.root.digest, 'sbom'));
      await registry.mustHaveParts(repository, stored);
      const accessories = ['signature.cosign', 'attestation.cosign', 'sbom.cosign'];
      await registry.mustBeShown(repository, images.amd64.root.digest, 'IMAGE', ...accessories);
    },
  },
  {
    operation: 'list signatures',
    async run(session) {
      const { stdout } = await session.run(['tree', plain, pinnedImage(session, 'app')]);
      assert.ok(stdout.includes(session.repository('app')), stdout);
      assert.match(stdout, session.home.env['GENERATION'] === '2' ? /Signatures.*tag/ : /cosign\/sign\/v1/);
      assert.match(stdout, /attestation/i);
    },
  },
];

const accessCells: readonly CosignCell[] = [
  {
    operation: 'pull without login',
    async run(session) {
      const { host, images } = session;
      const image = `${host}/${session.publicRepository('app')}@${images.amd64.root.digest}`;
      await session.run(['sign', ...signFlags(session), image]);
      const env = { DOCKER_CONFIG: session.home.makeFolder('nobody') };
      await session.run(['verify', '--key', session.home.path('good.pub'), ...verifyFlags, image], { env });
    },
  },
  {
    operation: 'refuse a push without login',
    async run(session) {
      const { host, registry, images } = session;
      const image = `${host}/${session.publicRepository('unsigned')}@${images.amd64.root.digest}`;
      const env = { DOCKER_CONFIG: session.home.makeFolder('nobody') };
      await session.refused(['sign', ...signFlags(session), image], noAccess, { env });
      const referrers = await registry.listReferrers(session.publicRepository('unsigned'), images.amd64.root.digest);
      assert.deepEqual(referrers, []);
      assert.deepEqual(await registry.listTags(session.publicRepository('unsigned')), ['v1']);
    },
  },
  {
    operation: 'hide a private image',
    async run(session) {
      const env = { DOCKER_CONFIG: session.home.makeFolder('nobody') };
      const args = ['verify', '--key', session.home.path('good.pub'), ...verifyFlags, pinnedImage(session, 'app')];
      await session.refused(args, noAccess, { env });
    },
  },
];

/** Only cosign 2 has two ways to store a signature; `copy` and `clean` know what is stored by tag. */
const generation2Cells: readonly CosignCell[] = [
  {
    operation: 'copy with signatures',
    async run(session) {
      const [from, to] = [pinnedImage(session, 'app'), session.reference('copy')];
      await session.run(['copy', plain, from, to]);
      await session.registry.mustHaveImage(session.repository('copy'), 'v1', session.images.amd64.root.digest);
      await mustBeSigned(session, session.repository('copy'), session.images.amd64.root.digest);
      const verify = ['verify', '--key', session.home.path('good.pub'), ...verifyFlags];
      await session.run([...verify, pinnedImage(session, 'copy')]);
    },
  },
  {
    operation: 'sign as a referrer',
    async run(session) {
      const { registry, images } = session;
      const env = { COSIGN_EXPERIMENTAL: '1' };
      const args = ['sign', ...signFlags(session), '--registry-referrers-mode=oci-1-1'];
      await session.run([...args, pinnedImage(session, 'referred')], { env });
      const repository = session.repository('referred');
      const [referrer] = await registry.listReferrers(repository, images.amd64.root.digest);
      assert.equal(referrer?.artifactType, 'application/vnd.dev.cosign.artifact.sig.v1+json');
      await registry.mustBeShown(repository, images.amd64.root.digest, 'IMAGE', 'signature.cosign');
      await registry.mustHaveParts(repository, await registry.getManifest(repository, referrer?.digest ?? ''));
    },
  },
  {
    operation: 'verify a referrer',
    async run(session) {
      const env = { COSIGN_EXPERIMENTAL: '1' };
      const args = ['verify', '--key', session.home.path('good.pub'), ...verifyFlags, '--experimental-oci11'];
      const { stdout } = await session.run([...args, pinnedImage(session, 'referred')], { env });
      assert.ok(stdout.includes(session.images.amd64.root.digest), stdout);
    },
  },
  {
    operation: 'delete a tag',
    async run(session) {
      const { registry, images } = session;
      await session.run(['clean', '--type', 'all', '-f', plain, pinnedImage(session, 'copy')]);
      const gone = derivedTag(images.amd64.root.digest, 'sig');
      assert.equal(await registry.findManifest(session.repository('copy'), gone), undefined);
      await registry.mustHaveImage(session.repository('copy'), 'v1', images.amd64.root.digest);
    },
  },
];

interface CosignOptions {
  readonly version: string;
  readonly generation: '2' | '3';
  readonly tool: 'debian' | 'cosign3';
}

async function openSession(bench: Bench, { generation, tool }: CosignOptions): Promise<ClientSession> {
  const place = await bench.toolbox.get(tool);
  // What a generation still asks of the outside, beside the key, is refused on this machine at once.
  const env = { COSIGN_PASSWORD: '', GENERATION: generation, HTTPS_PROXY: 'http://127.0.0.1:9' };
  const home = bench.makeHome(`cosign${generation}`, { env });
  const program = tool === 'debian' ? `${place}/cosign` : place;
  const session = new ClientSession(bench, `cosign${generation}`, home, program);
  await makeKeys(session);
  session.writeFile(
    'no-services.json',
    '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}',
  );
  const { registry, images } = session;
  for (const name of ['app', 'unsigned', 'referred']) {
    await registry.pushLayout(images.amd64.layout, images.amd64.root, session.repository(name), 'v1');
  }
  for (const name of ['app', 'unsigned']) {
    await registry.pushLayout(images.amd64.layout, images.amd64.root, session.publicRepository(name), 'v1');
  }
  await registry.pushLayout(images.multi.layout, images.multi.root, session.repository('multi'), 'v1');
  return session;
}

export function cosignSuite(options: CosignOptions): ClientSuite {
  return createSuite<ClientSession>({
    client: 'cosign',
    version: options.version,
    tools: [options.tool],
    open: (bench) => openSession(bench, options),
    cells: [...setUpCells, ...signCells, ...accessCells, ...(options.generation === '2' ? generation2Cells : [])],
  });
}
