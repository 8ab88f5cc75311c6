import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type ClientSession, rangeRequest } from '../bench/client-session.ts';
import { type Cell, type ClientSuite, createSuite } from '../bench/client-suite.ts';
import type { ImageFixture, LayoutFixture } from '../bench/image-fixture.ts';
import { createLoginCells } from '../bench/login-cells.ts';
import type { Login } from '../bench/login-kinds.ts';
import { type DockerSession, startDockerEngine } from './docker-engine.ts';

type DockerCell = Cell<DockerSession>;

const noAccess = /unauthorized|denied|authentication required|no basic auth|401|403/i;

function login(
  session: ClientSession,
  host: string,
  { username, password }: Login = session.registry.access,
  env: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  return session.run(['login', '-u', username, '--password-stdin', host], { input: password, env });
}

/** Puts a fixture into a repository, for the engine to pull. */
async function provide(session: ClientSession, image: LayoutFixture, repository: string): Promise<void> {
  await session.registry.pushLayout(image.layout, image.root, repository, 'v1');
}

async function inspect(session: ClientSession, reference: string, format: string): Promise<string> {
  return (await session.run(['image', 'inspect', '--format', format, reference])).stdout.trim();
}

/** The engine's id of an image is the digest of its configuration, which names every layer's content. */
async function mustBePulled(session: ClientSession, reference: string, image: ImageFixture): Promise<void> {
  assert.equal(await inspect(session, reference, '{{.Id}}'), image.config.digest);
}

/** Builds an image around a file; `bytes` of it are random. */
async function build(session: ClientSession, reference: string, bytes: number): Promise<void> {
  session.writeFile('context/data.bin', randomBytes(bytes));
  session.writeFile('context/Dockerfile', 'FROM scratch\nCOPY data.bin /data.bin\nCMD ["/data.bin"]\n');
  await session.run(['build', '-t', reference, session.home.path('context')]);
}

/** Asserts that the registry holds the image that the engine says it pushed. */
async function mustBePushed(session: ClientSession, name: string, tag = 'v1'): Promise<void> {
  const manifest = await session.registry.getManifest(session.repository(name), tag);
  const id = await inspect(session, session.reference(name, tag), '{{.Id}}');
  assert.equal(manifest.json.config?.digest, id);
  await session.registry.mustHaveParts(session.repository(name), manifest);
}

const loginCells: readonly DockerCell[] = [
  {
    operation: 'login',
    async run(session) {
      await login(session, session.host);
    },
  },
  {
    operation: 'refuse a wrong password',
    async run(session) {
      const env = { DOCKER_CONFIG: session.home.makeFolder('wrong') };
      const args = ['login', '-u', session.registry.access.username, '-p', 'wrong', session.host];
      await session.refused(args, noAccess, { env });
    },
  },
];

const otherLoginCells = createLoginCells<DockerSession>({
  logIn: (session, who, folder) => login(session, session.host, who, { DOCKER_CONFIG: folder }),
  read: (session, folder) =>
    session.run(['manifest', 'inspect', '--insecure', session.reference('multi')], { env: { DOCKER_CONFIG: folder } }),
});

const imageCells: readonly DockerCell[] = [
  {
    operation: 'pull',
    async run(session) {
      const { images } = session;
      await provide(session, images.amd64, session.repository('app'));
      await session.run(['pull', session.reference('app')]);
      await mustBePulled(session, session.reference('app'), images.amd64);
      const pinned = session.pinned('app', images.amd64.root.digest);
      await session.run(['pull', pinned]);
      await mustBePulled(session, pinned, images.amd64);
    },
  },
  {
    operation: 'pull an index',
    async run(session) {
      const { images } = session;
      await provide(session, images.multi, session.repository('multi'));
      await session.run(['pull', '--platform', 'linux/arm64', session.reference('multi')]);
      await mustBePulled(session, session.reference('multi'), images.arm64);
      await session.run(['pull', '--platform', 'linux/amd64', session.reference('multi')]);
      await mustBePulled(session, session.reference('multi'), images.amd64);
    },
  },
  {
    operation: 'push',
    async run(session) {
      await session.run(['tag', session.reference('app'), session.reference('pushed')]);
      await session.run(['push', session.reference('pushed')]);
      await mustBePushed(session, 'pushed');
      const manifest = await session.registry.getManifest(session.repository('pushed'), 'v1');
      assert.equal(manifest.json.config?.digest, session.images.amd64.config.digest);
    },
  },
  {
    operation: 'build and push',
    async run(session) {
      await build(session, session.reference('built'), 100_000);
      await session.run(['push', session.reference('built')]);
      await mustBePushed(session, 'built');
    },
  },
  {
    operation: 'copy across repositories',
    async run(session) {
      await session.run(['tag', session.reference('built'), session.reference('copy')]);
      const { stdout } = await session.run(['push', session.reference('copy')]);
      assert.match(stdout, /Mounted from/);
      await mustBePushed(session, 'copy');
    },
  },
  {
    operation: 'tag',
    async run(session) {
      await session.run(['tag', session.reference('built'), session.reference('built', 'v2')]);
      await session.run(['push', '--all-tags', `${session.host}/${session.repository('built')}`]);
      await mustBePushed(session, 'built', 'v2');
      const [one, two] = await Promise.all(
        ['v1', 'v2'].map((tag) => session.registry.getManifest(session.repository('built'), tag)),
      );
      assert.equal(one?.digest, two?.digest);
    },
  },
  {
    operation: 'list tags',
    async run(session) {
      const tags = ['v1', 'v2'].map((tag) => session.reference('built', tag));
      await session.run(['image', 'rm', '--force', ...tags]);
      await session.run(['pull', '--all-tags', `${session.host}/${session.repository('built')}`]);
      await session.run(['image', 'inspect', ...tags]);
    },
  },
  {
    operation: 'report a missing image',
    async run(session) {
      await session.refused(['pull', session.reference('app', 'missing')], /manifest unknown|not found/i);
    },
  },
  {
    operation: 'inspect',
    async run(session) {
      const { images } = session;
      const { stdout } = await session.run(['manifest', 'inspect', '--insecure', session.reference('multi')]);
      const { manifests } = JSON.parse(stdout) as { manifests: { digest: string }[] };
      assert.deepEqual(
        manifests.map((child) => child.digest),
        [images.amd64.root.digest, images.arm64.root.digest],
      );
    },
  },
  {
    operation: 'push an index',
    async run(session) {
      const { registry, images } = session;
      const children = [images.amd64, images.arm64].map((image) => session.pinned('multi', image.root.digest));
      const list = session.reference('multi', 'made');
      await session.run(['manifest', 'create', '--insecure', list, ...children]);
      await session.run(['manifest', 'push', '--insecure', list]);
      const index = await registry.getManifest(session.repository('multi'), 'made');
      const made = index.json.manifests?.map((child) => child.digest) ?? [];
      assert.deepEqual(made.sort(), [images.amd64.root.digest, images.arm64.root.digest].sort());
      await registry.mustHaveParts(session.repository('multi'), index);
    },
  },
];

const brokenTransferCells: readonly DockerCell[] = [
  {
    operation: 'resume an upload',
    async run(session) {
      const { registry } = session;
      await session.throughCut('upload', async (host) => {
        await login(session, host);
        const reference = `${host}/${session.repository('big-built')}:v1`;
        await build(session, reference, 12 * 1024 * 1024);
        await session.runAgain(['push', reference]);
      });
      const manifest = await registry.getManifest(session.repository('big-built'), 'v1');
      await registry.mustHaveParts(session.repository('big-built'), manifest);
    },
  },
  {
    operation: 'resume a download',
    async run(session) {
      await provide(session, session.bigImage, session.repository('big'));
      const resume = async (host: string): Promise<void> => {
        await login(session, host);
        const reference = `${host}/${session.repository('big')}:v1`;
        await session.runAgain(['pull', reference]);
        await mustBePulled(session, reference, session.bigImage);
      };
      await session.throughCut('download', resume, rangeRequest);
    },
  },
];

const accessCells: readonly DockerCell[] = [
  {
    operation: 'pull without login',
    async run(session) {
      const { images } = session;
      await provide(session, images.amd64, session.publicRepository('app'));
      const env = { DOCKER_CONFIG: session.home.makeFolder('nobody') };
      await session.run(['pull', session.publicReference('app')], { env });
      await mustBePulled(session, session.publicReference('app'), images.amd64);
    },
  },
  {
    operation: 'refuse a push without login',
    async run(session) {
      const env = { DOCKER_CONFIG: session.home.makeFolder('nobody') };
      await session.run(['tag', session.publicReference('app'), session.publicReference('intruder')]);
      await session.refused(['push', session.publicReference('intruder')], noAccess, { env });
      assert.equal(await session.registry.findManifest(session.publicRepository('intruder'), 'v1'), undefined);
    },
  },
  {
    operation: 'hide a private image',
    async run(session) {
      const env = { DOCKER_CONFIG: session.home.makeFolder('nobody') };
      await session.refused(['pull', session.reference('app')], noAccess, { env });
    },
  },
  {
    operation: 'logout',
    async run(session) {
      await session.run(['logout', session.host]);
      await session.refused(['pull', session.reference('app')], noAccess);
    },
  },
];

/** The engine with its own image store. */
export function dockerSuite(version: string): ClientSuite {
  return createSuite<DockerSession>({
    client: 'docker',
    version,
    tools: ['debian'],
    open: (bench) => startDockerEngine(bench, { slug: 'docker', store: 'graph driver' }),
    close: (session) => session.engine.stop(),
    cells: [...loginCells, ...imageCells, ...otherLoginCells, ...brokenTransferCells, ...accessCells],
  });
}
