import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type Cell, type ClientSuite, createSuite } from '../bench/client-suite.ts';
import type { LayoutFixture } from '../bench/image-fixture.ts';
import { type DockerSession, startDockerEngine } from './docker-engine.ts';

type BuildxCell = Cell<DockerSession>;

const noAccess = /unauthorized|denied|authentication required|no basic auth|authorization failed|401|403/i;

function login(session: DockerSession, host: string): Promise<unknown> {
  const { username, password } = session.registry.access;
  return session.run(['login', '-u', username, '--password-stdin', host], { input: password });
}

async function provide(session: DockerSession, image: LayoutFixture, repository: string): Promise<void> {
  await session.registry.pushLayout(image.layout, image.root, repository, 'v1');
}

/** With images in containerd the engine's id is the digest of the manifest or index itself. */
async function mustBePulled(session: DockerSession, reference: string, digest: string): Promise<void> {
  const { stdout } = await session.run(['image', 'inspect', '--format', '{{.Id}}', reference]);
  assert.equal(stdout.trim(), digest);
}

function nobody(session: DockerSession): Record<string, string> {
  return { DOCKER_CONFIG: session.home.makeFolder('nobody') };
}

const engineCells: readonly BuildxCell[] = [
  {
    operation: 'login',
    async run(session) {
      await login(session, session.host);
    },
  },
  {
    operation: 'pull',
    async run(session) {
      const { images } = session;
      await provide(session, images.amd64, session.repository('app'));
      await session.run(['pull', session.reference('app')]);
      await mustBePulled(session, session.reference('app'), images.amd64.root.digest);
    },
  },
  {
    operation: 'pull an index',
    async run(session) {
      const { images } = session;
      await provide(session, images.multi, session.repository('multi'));
      await session.run(['pull', '--platform', 'linux/arm64', session.reference('multi')]);
      await mustBePulled(session, session.reference('multi'), images.multi.root.digest);
    },
  },
  {
    operation: 'push',
    async run(session) {
      const { registry, images } = session;
      await session.run(['tag', session.reference('app'), session.reference('pushed')]);
      await session.run(['push', session.reference('pushed')]);
      await registry.mustHaveImage(session.repository('pushed'), 'v1', images.amd64.root.digest);
    },
  },
];

const imagetoolsCells: readonly BuildxCell[] = [
  {
    operation: 'push an index',
    async run(session) {
      const { registry, images } = session;
      const children = [images.amd64, images.arm64].map((image) => session.pinned('multi', image.root.digest));
      await session.run(['buildx', 'imagetools', 'create', '-t', session.reference('multi', 'made'), ...children]);
      const index = await registry.getManifest(session.repository('multi'), 'made');
      assert.deepEqual(
        index.json.manifests?.map((child) => child.digest),
        [images.amd64.root.digest, images.arm64.root.digest],
      );
    },
  },
  {
    operation: 'copy across repositories',
    async run(session) {
      const { registry, images } = session;
      const create = ['buildx', 'imagetools', 'create', '-t', session.reference('copy')];
      await session.run([...create, session.reference('multi')]);
      await registry.mustHaveImage(session.repository('copy'), 'v1', images.multi.root.digest);
    },
  },
  {
    operation: 'tag',
    async run(session) {
      const { registry, images } = session;
      const create = ['buildx', 'imagetools', 'create', '-t', session.reference('multi', 'v2')];
      await session.run([...create, session.reference('multi')]);
      await registry.mustHaveImage(session.repository('multi'), 'v2', images.multi.root.digest);
    },
  },
  {
    operation: 'inspect',
    async run(session) {
      const { images } = session;
      const inspect = ['buildx', 'imagetools', 'inspect', session.reference('multi')];
      const { stdout } = await session.run(inspect);
      assert.ok(stdout.includes(images.multi.root.digest), stdout);
      for (const platform of ['linux/amd64', 'linux/arm64']) assert.ok(stdout.includes(platform), stdout);
    },
  },
];

function writeContext(session: DockerSession): string {
  session.writeFile('context/data.txt', 'some data\n');
  session.writeFile('context/Dockerfile', 'FROM scratch\nCOPY data.txt /data.txt\nCMD ["/data.txt"]\n');
  return session.home.path('context');
}

const buildCells: readonly BuildxCell[] = [
  {
    operation: 'build and push',
    async run(session) {
      const { registry } = session;
      const flags = ['--provenance=mode=max', '--sbom=false', '--push', '-t', session.reference('built')];
      await session.run(['buildx', 'build', ...flags, writeContext(session)]);
      const index = await registry.getManifest(session.repository('built'), 'v1');
      const types = index.json.manifests?.map((child) => child.annotations?.['vnd.docker.reference.type']);
      assert.ok(types?.includes('attestation-manifest'), 'the build has no attestation');
      await registry.mustHaveParts(session.repository('built'), index);
    },
  },
  {
    operation: 'push a build cache',
    async run(session) {
      const { registry } = session;
      const target = `type=registry,ref=${session.reference('cache')},mode=max,image-manifest=true,oci-mediatypes=true`;
      await session.run(['buildx', 'build', '--cache-to', target, writeContext(session)]);
      const cache = await registry.getManifest(session.repository('cache'), 'v1');
      assert.equal(cache.json.config?.mediaType, 'application/vnd.buildkit.cacheconfig.v0');
      await registry.mustHaveParts(session.repository('cache'), cache);
      // The older form is an index whose entries are layers, not manifests.
      const old = `type=registry,ref=${session.reference('cache', 'index')},mode=max,image-manifest=false`;
      await session.run(['buildx', 'build', '--cache-to', old, writeContext(session)]);
      const index = await registry.getManifest(session.repository('cache'), 'index');
      for (const entry of index.json.manifests ?? []) {
        await registry.mustHaveBlob(session.repository('cache'), entry.digest);
      }
    },
  },
  {
    operation: 'import a build cache',
    async run(session) {
      await session.run(['buildx', 'prune', '--all', '--force']);
      const from = ['--cache-from', `type=registry,ref=${session.reference('cache')}`, '--progress', 'plain'];
      const { stderr } = await session.run(['buildx', 'build', ...from, writeContext(session)]);
      assert.match(stderr, /importing cache manifest/);
      assert.match(stderr, /CACHED/);
    },
  },
];

const brokenTransferCells: readonly BuildxCell[] = [
  {
    operation: 'resume an upload',
    async run(session) {
      const { registry } = session;
      session.writeFile('big/data.bin', randomBytes(12 * 1024 * 1024));
      session.writeFile('big/Dockerfile', 'FROM scratch\nCOPY data.bin /data.bin\n');
      await session.throughCut('upload', async (host) => {
        await login(session, host);
        const target = `${host}/${session.repository('big')}:v1`;
        await session.run(['buildx', 'build', '--provenance=false', '-t', target, session.home.path('big')]);
        await session.runAgain(['push', target]);
      });
      const manifest = await registry.getManifest(session.repository('big'), 'v1');
      await registry.mustHaveParts(session.repository('big'), manifest);
    },
  },
  {
    operation: 'resume a download',
    async run(session) {
      await provide(session, session.bigImage, session.repository('big-provided'));
      await session.throughCut('download', async (host) => {
        await login(session, host);
        const source = `${host}/${session.repository('big-provided')}:v1`;
        await session.runAgain(['pull', source]);
        await mustBePulled(session, source, session.bigImage.root.digest);
      });
    },
  },
];

const accessCells: readonly BuildxCell[] = [
  {
    operation: 'pull without login',
    async run(session) {
      const { images } = session;
      await provide(session, images.arm64, session.publicRepository('arm'));
      await session.run(['pull', '--platform', 'linux/arm64', session.publicReference('arm')], {
        env: nobody(session),
      });
      await mustBePulled(session, session.publicReference('arm'), images.arm64.root.digest);
    },
  },
  {
    operation: 'refuse a push without login',
    async run(session) {
      await session.run(['tag', session.reference('app'), session.publicReference('intruder')]);
      await session.refused(['push', session.publicReference('intruder')], noAccess, { env: nobody(session) });
      assert.equal(await session.registry.findManifest(session.publicRepository('intruder'), 'v1'), undefined);
    },
  },
  {
    operation: 'hide a private image',
    async run(session) {
      const inspect = ['inspect', session.reference('multi')];
      // The plug-in is found through the configuration, so it is copied there too.
      const env = { ...nobody(session), DOCKER_HOST: 'unix:///nowhere' };
      await session.home.refused(
        session.program.replace(/docker$/, 'docker-buildx'),
        ['imagetools', ...inspect],
        noAccess,
        {
          env,
        },
      );
    },
  },
  {
    operation: 'logout',
    async run(session) {
      await session.run(['logout', session.host]);
      await session.refused(['buildx', 'imagetools', 'inspect', session.reference('multi')], noAccess);
    },
  },
];

/** The engine with its images in containerd, and the buildx plug-in beside it. */
export function buildxSuite(version: string): ClientSuite {
  return createSuite<DockerSession>({
    client: 'docker buildx',
    version,
    tools: ['debian'],
    open: (bench) => startDockerEngine(bench, { slug: 'buildx', store: 'containerd' }),
    close: (session) => session.engine.stop(),
    cells: [...engineCells, ...imagetoolsCells, ...buildCells, ...brokenTransferCells, ...accessCells],
  });
}
