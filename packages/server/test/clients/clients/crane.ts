import assert from 'node:assert/strict';
import { ClientSession } from '../bench/client-session.ts';
import { type Cell, type ClientSuite, createSuite } from '../bench/client-suite.ts';
import { mustHoldImage } from '../bench/must-hold-image.ts';
import { tarArchive } from '../bench/tar-archive.ts';

type CraneCell = Cell<ClientSession>;

const noAccess = /unauthorized|denied|401|403/i;

/** crane saves credentials without asking the registry, so the next command shows whether they are right. */
async function login(
  session: ClientSession,
  host: string,
  { username, password }: { readonly username: string; readonly password: string },
  folder: string,
): Promise<void> {
  const args = ['auth', 'login', host, '-u', username, '--password-stdin'];
  await session.run(args, { input: password, env: { DOCKER_CONFIG: session.home.makeFolder(folder) } });
}

const imageCells: readonly CraneCell[] = [
  {
    operation: 'login',
    async run(session) {
      await login(session, session.host, session.registry.access, 'home/.docker');
      await session.run(['catalog', session.host]);
    },
  },
  {
    operation: 'refuse a wrong password',
    async run(session) {
      await login(session, session.host, session.wrongLogin, 'wrong');
      const env = { DOCKER_CONFIG: session.home.path('wrong') };
      await session.refused(['digest', session.reference('app')], noAccess, { env });
    },
  },
  {
    operation: 'push',
    async run(session) {
      const { registry, images } = session;
      const { stdout } = await session.run(['push', images.amd64.layout, session.reference('app')]);
      assert.equal(stdout.trim(), session.pinned('app', images.amd64.root.digest));
      await registry.mustHaveImage(session.repository('app'), 'v1', images.amd64.root.digest);
    },
  },
  {
    operation: 'pull',
    async run(session) {
      const pulled = session.home.path('pulled');
      await session.run(['pull', '--format', 'oci', session.reference('app'), pulled]);
      mustHoldImage(pulled, session.images.amd64.root.digest);
    },
  },
  {
    operation: 'push an index',
    async run(session) {
      const { registry, images } = session;
      await session.run(['push', '--index', images.multi.layout, session.reference('multi')]);
      const pushed = await registry.getManifest(session.repository('multi'), 'v1');
      await registry.mustHaveParts(session.repository('multi'), pushed);
      await registry.mustHaveImage(session.repository('multi'), images.multi.root.digest, images.multi.root.digest);
    },
  },
  {
    operation: 'pull an index',
    async run(session) {
      const { home, images } = session;
      const index = session.pinned('multi', images.multi.root.digest);
      await session.run(['pull', '--format', 'oci', index, home.path('pulled-multi')]);
      mustHoldImage(home.path('pulled-multi'), images.multi.root.digest);
      const { stdout } = await session.run(['digest', '--platform', 'linux/arm64', index]);
      assert.equal(stdout.trim(), images.arm64.root.digest);
    },
  },
  {
    operation: 'copy across repositories',
    async run(session) {
      const { registry, images } = session;
      await session.run(['copy', session.pinned('multi', images.multi.root.digest), session.reference('copy')]);
      await registry.mustHaveImage(session.repository('copy'), 'v1', images.multi.root.digest);
    },
  },
  {
    operation: 'mirror a repository',
    async run(session) {
      const { host, registry, images } = session;
      const [from, to] = [session.repository('app'), session.repository('mirror')];
      await session.run(['copy', '--all-tags', `${host}/${from}`, `${host}/${to}`]);
      await registry.mustHaveImage(to, 'v1', images.amd64.root.digest);
    },
  },
  {
    operation: 'tag',
    async run(session) {
      await session.run(['tag', session.reference('app'), 'v2']);
      await session.registry.mustHaveImage(session.repository('app'), 'v2', session.images.amd64.root.digest);
    },
  },
  {
    operation: 'change an image in place',
    async run(session) {
      const { registry, images } = session;
      const layer = session.writeFile('more.tar', tarArchive([{ name: 'more.txt', content: Buffer.from('more\n') }]));
      const changed = session.reference('app', 'changed');
      await session.run(['append', '-b', session.reference('app'), '-f', layer, '-t', changed]);
      await session.run(['mutate', changed, '-l', 'example.roadstead.changed=yes']);
      const manifest = await registry.getManifest(session.repository('app'), 'changed');
      assert.equal(manifest.json.layers?.length, images.amd64.layers.length + 1);
      await registry.mustHaveParts(session.repository('app'), manifest);
    },
  },
];

const readCells: readonly CraneCell[] = [
  {
    operation: 'list tags',
    async run(session) {
      const { stdout } = await session.run(['ls', `${session.host}/${session.repository('app')}`]);
      assert.deepEqual(stdout.trim().split('\n'), ['changed', 'v1', 'v2']);
    },
  },
  {
    operation: 'list many tags',
    async run(session) {
      const { repository, tags } = await session.registry.provideManyTags(session.images.amd64);
      const { stdout } = await session.run(['ls', `${session.host}/${repository}`]);
      assert.deepEqual(stdout.trim().split('\n'), tags);
    },
  },
  {
    operation: 'list repositories',
    async run(session) {
      const { stdout } = await session.run(['catalog', session.host]);
      const listed = stdout.trim().split('\n');
      for (const name of ['app', 'multi']) assert.ok(listed.includes(session.repository(name)), stdout);
    },
  },
  {
    operation: 'inspect',
    async run(session) {
      const { images } = session;
      assert.equal((await session.run(['digest', session.reference('app')])).stdout.trim(), images.amd64.root.digest);
      const config = await session.run(['config', session.reference('app')]);
      assert.ok(config.stdout.includes(images.amd64.message.trim()), config.stdout);
      await session.run(['validate', '--remote', session.reference('app')]);
    },
  },
  {
    operation: 'report a missing image',
    async run(session) {
      await session.refused(['manifest', session.reference('app', 'missing')], /MANIFEST_UNKNOWN/);
    },
  },
];

const brokenTransferCells: readonly CraneCell[] = [
  {
    operation: 'resume an upload',
    async run(session) {
      const { registry } = session;
      await session.throughCut('upload', async (host) => {
        await login(session, host, registry.access, 'home/.docker');
        await session.runAgain(['push', session.bigImage.layout, `${host}/${session.repository('big')}:v1`]);
      });
      await registry.mustHaveImage(session.repository('big'), 'v1', session.bigImage.root.digest);
    },
  },
  {
    operation: 'resume a download',
    async run(session) {
      const { home, registry } = session;
      await session.throughCut('download', async (host) => {
        await login(session, host, registry.access, 'home/.docker');
        const source = `${host}/${session.repository('big')}:v1`;
        await session.runAgain(['pull', '--format', 'oci', source, home.path('pulled-big')]);
      });
      mustHoldImage(home.path('pulled-big'), session.bigImage.root.digest);
    },
  },
];

const accessCells: readonly CraneCell[] = [
  {
    operation: 'delete a manifest',
    async run(session) {
      const { registry, images } = session;
      await session.run(['push', images.amd64.layout, session.reference('doomed')]);
      await session.run(['delete', session.pinned('doomed', images.amd64.root.digest)]);
      assert.equal(await registry.findManifest(session.repository('doomed'), 'v1'), undefined);
    },
  },
  {
    operation: 'pull without login',
    async run(session) {
      const { home, images } = session;
      await session.run(['push', images.amd64.layout, session.publicReference('app')]);
      const env = { DOCKER_CONFIG: home.makeFolder('nobody') };
      const args = ['pull', '--format', 'oci', session.publicReference('app'), home.path('anonymous')];
      await session.run(args, { env });
      mustHoldImage(home.path('anonymous'), images.amd64.root.digest);
    },
  },
  {
    operation: 'refuse a push without login',
    async run(session) {
      const { registry, images } = session;
      const env = { DOCKER_CONFIG: session.home.makeFolder('nobody') };
      await session.refused(['push', images.amd64.layout, session.publicReference('intruder')], noAccess, { env });
      assert.equal(await registry.findManifest(session.publicRepository('intruder'), 'v1'), undefined);
    },
  },
  {
    operation: 'hide a private image',
    async run(session) {
      const env = { DOCKER_CONFIG: session.home.makeFolder('nobody') };
      await session.refused(['digest', session.reference('app')], noAccess, { env });
    },
  },
  {
    operation: 'logout',
    async run(session) {
      await session.run(['auth', 'logout', session.host]);
      await session.refused(['digest', session.reference('app')], noAccess);
    },
  },
];

export function craneSuite(version: string): ClientSuite {
  return createSuite<ClientSession>({
    client: 'crane',
    version,
    tools: ['crane'],
    async open(bench) {
      return new ClientSession(bench, 'crane', bench.makeHome('crane'), await bench.toolbox.get('crane'));
    },
    cells: [...imageCells, ...readCells, ...brokenTransferCells, ...accessCells],
  });
}
