import assert from 'node:assert/strict';
import { ClientSession } from '../bench/client-session.ts';
import { type Cell, type ClientSuite, createSuite } from '../bench/client-suite.ts';
import { assertImageId } from './assert-image-id.ts';
import { makeContainersHome } from './containers-home.ts';

type BuildahCell = Cell<ClientSession>;

const plain = '--tls-verify=false';
const noAccess = /unauthorized|denied|authentication required|401|403/i;

/** An authentication file that nobody logged in with. */
function nobody(session: ClientSession): string {
  return session.writeFile('nobody.json', '{"auths":{}}');
}

const loginCells: readonly BuildahCell[] = [
  {
    operation: 'login',
    async run(session) {
      const { username, password } = session.registry.access;
      const args = ['login', plain, '-u', username, '--password-stdin', session.host];
      assert.match((await session.run(args, { input: password })).stdout, /Login Succeeded/);
    },
  },
  {
    operation: 'refuse a wrong password',
    async run(session) {
      const { username, password } = session.wrongLogin;
      const args = ['login', plain, '--authfile', session.home.path('wrong.json'), '-u', username, '-p', password];
      await session.refused([...args, session.host], /invalid username\/password|unauthorized/i);
    },
  },
];

const imageCells: readonly BuildahCell[] = [
  {
    operation: 'push',
    async run(session) {
      const pulled = await session.run(['pull', '-q', `oci:${session.images.amd64.layout}:v1`]);
      assertImageId(pulled.stdout, session.images.amd64.config);
      await session.run(['push', plain, pulled.stdout.trim(), `docker://${session.reference('app')}`]);
      await session.registry.mustHaveConfig(session.repository('app'), 'v1', session.images.amd64.config);
    },
  },
  {
    operation: 'pull',
    async run(session) {
      await session.run(['rmi', '--all', '--force']);
      const { stdout } = await session.run(['pull', '-q', plain, session.reference('app')]);
      assertImageId(stdout, session.images.amd64.config);
    },
  },
  {
    operation: 'tag',
    async run(session) {
      await session.run(['tag', session.reference('app'), session.reference('app', 'v2')]);
      await session.run(['push', plain, session.reference('app', 'v2')]);
      await session.registry.mustHaveConfig(session.repository('app'), 'v2', session.images.amd64.config);
    },
  },
  {
    operation: 'copy across repositories',
    async run(session) {
      await session.run(['push', plain, session.reference('app'), `docker://${session.reference('copy')}`]);
      await session.registry.mustHaveConfig(session.repository('copy'), 'v1', session.images.amd64.config);
    },
  },
  {
    operation: 'push an index',
    async run(session) {
      const { registry, images } = session;
      await session.run(['manifest', 'create', 'list']);
      await session.run(['manifest', 'add', '--all', 'list', `oci:${images.multi.layout}:v1`]);
      await session.run(['manifest', 'push', '--all', plain, 'list', `docker://${session.reference('multi')}`]);
      const index = await registry.getManifest(session.repository('multi'), 'v1');
      await registry.mustHaveParts(session.repository('multi'), index);
      const platforms = index.json.manifests?.map((child) => child.platform?.architecture) ?? [];
      assert.deepEqual(platforms.sort(), ['amd64', 'arm64']);
    },
  },
  {
    operation: 'pull an index',
    async run(session) {
      const { stdout } = await session.run(['pull', '-q', plain, '--arch', 'arm64', session.reference('multi')]);
      assertImageId(stdout, session.images.arm64.config);
    },
  },
  {
    operation: 'report a missing image',
    async run(session) {
      await session.refused(['pull', plain, session.reference('app', 'missing')], /manifest unknown|not found/i);
    },
  },
  {
    operation: 'build and push',
    async run(session) {
      const { registry } = session;
      session.writeFile('context/data.txt', 'some data\n');
      session.writeFile('context/Containerfile', 'FROM scratch\nCOPY data.txt /data.txt\nLABEL made=here\n');
      const context = session.home.path('context');
      await session.run(['build', '-t', session.reference('built'), context]);
      await session.run(['push', plain, session.reference('built')]);
      await registry.mustHaveParts(
        session.repository('built'),
        await registry.getManifest(session.repository('built'), 'v1'),
      );
    },
  },
];

const cacheCells: readonly BuildahCell[] = [
  {
    operation: 'push a build cache',
    async run(session) {
      const cache = `${session.host}/${session.repository('cache')}`;
      const args = ['build', '--layers', plain, '--cache-to', cache, '--cache-from', cache, '-t', 'cached'];
      const { stdout, stderr } = await session.run([...args, session.home.path('context')]);
      assert.match(stdout + stderr, /Pushing cache/);
      assert.notEqual((await session.registry.listTags(session.repository('cache'))).length, 0);
    },
  },
  {
    operation: 'import a build cache',
    async run(session) {
      await session.run(['rmi', '--all', '--force']);
      const cache = `${session.host}/${session.repository('cache')}`;
      const args = ['build', '--layers', plain, '--cache-from', cache, '-t', 'cached'];
      const { stdout, stderr } = await session.run([...args, session.home.path('context')]);
      assert.match(stdout + stderr, /Cache pulled from remote/);
    },
  },
  {
    operation: 'push a zstd layer',
    async run(session) {
      const { registry } = session;
      const { stdout } = await session.run(['pull', '-q', `oci:${session.bigImage.layout}:v1`]);
      const flags = [plain, '--compression-format', 'zstd', '--force-compression'];
      await session.run(['push', ...flags, stdout.trim(), `docker://${session.reference('zstd')}`]);
      const manifest = await registry.getManifest(session.repository('zstd'), 'v1');
      assert.match(manifest.json.layers?.[0]?.mediaType ?? '', /tar\+zstd$/);
      await registry.mustHaveParts(session.repository('zstd'), manifest);
    },
  },
];

const brokenTransferCells: readonly BuildahCell[] = [
  {
    operation: 'resume an upload',
    async run(session) {
      const { registry } = session;
      const { stdout } = await session.run(['pull', '-q', `oci:${session.bigImage.layout}:v1`]);
      await session.throughCut('upload', (host) => {
        const target = `docker://${host}/${session.repository('big')}:v1`;
        return session.runAgain(['push', plain, '--creds', registry.credentials, stdout.trim(), target]);
      });
      await registry.mustHaveConfig(session.repository('big'), 'v1', session.bigImage.config);
    },
  },
  {
    operation: 'resume a download',
    async run(session) {
      const { home, registry } = session;
      await session.run(['rmi', '--all', '--force']);
      await session.throughCut('download', (host) => {
        const source = `${host}/${session.repository('big')}:v1`;
        return session.runAgain(['pull', '-q', plain, '--creds', registry.credentials, source]);
      });
      const { stdout } = await home.run(session.program, ['images', '-q', '--no-trunc']);
      assert.equal(stdout.trim(), session.bigImage.config.digest);
    },
  },
];

const accessCells: readonly BuildahCell[] = [
  {
    operation: 'pull without login',
    async run(session) {
      const { registry, images } = session;
      await registry.pushLayout(images.amd64.layout, images.amd64.root, session.publicRepository('app'), 'v1');
      const args = ['pull', '-q', plain, '--authfile', nobody(session), session.publicReference('app')];
      assertImageId((await session.run(args)).stdout, images.amd64.config);
    },
  },
  {
    operation: 'refuse a push without login',
    async run(session) {
      const target = `docker://${session.publicReference('intruder')}`;
      const args = ['push', plain, '--authfile', nobody(session), session.publicReference('app'), target];
      await session.refused(args, noAccess);
      assert.equal(await session.registry.findManifest(session.publicRepository('intruder'), 'v1'), undefined);
    },
  },
  {
    operation: 'hide a private image',
    async run(session) {
      const args = ['pull', '--policy', 'always', plain, '--authfile', nobody(session), session.reference('copy')];
      await session.refused(args, noAccess);
    },
  },
  {
    operation: 'logout',
    async run(session) {
      await session.run(['logout', session.host]);
      await session.refused(['pull', '--policy', 'always', plain, session.reference('copy')], noAccess);
    },
  },
];

interface BuildahOptions {
  readonly version: string;
  readonly program: string;
  /** Buildah 1.28 has no cache in a registry that it pulls back, and compresses no layer anew. */
  readonly isOld: boolean;
}

export function buildahSuite({ version, program, isOld }: BuildahOptions): ClientSuite {
  return createSuite<ClientSession>({
    client: 'buildah',
    version,
    tools: ['debian'],
    async open(bench) {
      const bin = await bench.toolbox.get('debian');
      return new ClientSession(bench, program, makeContainersHome(bench, program, bin), `${bin}/${program}`);
    },
    cells: [...loginCells, ...imageCells, ...(isOld ? [] : cacheCells), ...brokenTransferCells, ...accessCells],
  });
}
