import assert from 'node:assert/strict';
import path from 'node:path';
import { ClientSession } from '../bench/client-session.ts';
import { type Cell, type ClientSuite, createSuite } from '../bench/client-suite.ts';
import type { ManifestJson } from '../bench/registry.ts';
import { assertImageId } from './assert-image-id.ts';
import { makeContainersHome } from './containers-home.ts';

type PodmanCell = Cell<ClientSession>;

const plain = '--tls-verify=false';
const noAccess = /unauthorized|denied|authentication required|401|403/i;

/** Podman with everything it writes inside the home, and without cgroups, which a container host may not give. */
class PodmanSession extends ClientSession {
  override run(...[args, options]: Parameters<ClientSession['run']>): ReturnType<ClientSession['run']> {
    return super.run([...this.#globalFlags(), ...args], options);
  }

  override refused(...[args, ...rest]: Parameters<ClientSession['refused']>): ReturnType<ClientSession['refused']> {
    return super.refused([...this.#globalFlags(), ...args], ...rest);
  }

  override async runAgain(args: readonly string[]): Promise<void> {
    const first = await this.home.attempt(this.program, [...this.#globalFlags(), ...args]);
    if (first.exitCode !== 0) await this.run(args);
  }

  #globalFlags(): string[] {
    const bin = path.dirname(this.program);
    const storage = ['--storage-driver', 'vfs', '--root', this.home.path('storage'), '--runroot'];
    const programs = ['--conmon', `${bin}/conmon`, '--runtime', `${bin}/crun`];
    const flags = [...storage, this.home.path('run'), '--tmpdir', this.home.path('tmp'), ...programs];
    return [...flags, '--cgroup-manager=cgroupfs', '--events-backend=file', '--log-level=error'];
  }
}

/** An authentication file that nobody logged in with. */
function nobody(session: ClientSession): string {
  return session.writeFile('nobody.json', '{"auths":{}}');
}

const loginCells: readonly PodmanCell[] = [
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

const imageCells: readonly PodmanCell[] = [
  {
    operation: 'push',
    async run(session) {
      const { stdout } = await session.run(['pull', '-q', `oci:${session.images.amd64.layout}:v1`]);
      assertImageId(stdout, session.images.amd64.config);
      await session.run(['push', plain, stdout.trim(), `docker://${session.reference('app')}`]);
      await session.registry.mustHaveConfig(session.repository('app'), 'v1', session.images.amd64.config);
    },
  },
  {
    operation: 'pull',
    async run(session) {
      await session.run(['rmi', '--all', '--force']);
      const { stdout } = await session.run(['pull', '-q', plain, session.reference('app')]);
      assertImageId(stdout, session.images.amd64.config);
      const stored = await session.registry.getManifest(session.repository('app'), 'v1');
      await session.run(['rmi', '--all', '--force']);
      await session.run(['pull', '-q', plain, session.pinned('app', stored.digest)]);
    },
  },
  {
    operation: 'tag',
    async run(session) {
      const { config } = session.images.amd64;
      await session.run(['tag', config.digest.slice('sha256:'.length), session.reference('app', 'v2')]);
      await session.run(['push', plain, session.reference('app', 'v2')]);
      await session.registry.mustHaveConfig(session.repository('app'), 'v2', session.images.amd64.config);
    },
  },
  {
    operation: 'copy across repositories',
    async run(session) {
      await session.run(['push', plain, session.reference('app', 'v2'), `docker://${session.reference('copy')}`]);
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
    operation: 'build and push',
    async run(session) {
      const { registry } = session;
      session.writeFile('context/data.txt', 'some data\n');
      session.writeFile('context/Containerfile', 'FROM scratch\nCOPY data.txt /data.txt\nLABEL made=here\n');
      await session.run(['build', '-t', session.reference('built'), session.home.path('context')]);
      await session.run(['push', plain, session.reference('built')]);
      const manifest = await registry.getManifest(session.repository('built'), 'v1');
      await registry.mustHaveParts(session.repository('built'), manifest);
    },
  },
];

const readCells: readonly PodmanCell[] = [
  {
    operation: 'list tags',
    async run(session) {
      const repository = `${session.host}/${session.repository('app')}`;
      const { stdout } = await session.run(['search', plain, '--list-tags', '--format', '{{.Tag}}', repository]);
      const lastWords = stdout
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/).at(-1));
      assert.deepEqual(
        lastWords.filter((word) => word !== 'TAG'),
        ['v1', 'v2'],
      ); // podman 4.3 prints a heading
    },
  },
  {
    operation: 'list many tags',
    async run(session) {
      const { repository, tags } = await session.registry.provideManyTags(session.images.amd64);
      const args = ['search', plain, '--list-tags', '--limit', '5000', `${session.host}/${repository}`];
      const { stdout } = await session.run(args);
      const lastWords = stdout
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/).at(-1));
      assert.deepEqual(lastWords.slice(1), tags);
    },
  },
  {
    operation: 'list repositories',
    async run(session) {
      const query = `${session.host}/${session.registry.access.project}`;
      const args = ['search', plain, '--limit', '1000', '--no-trunc', '--format', '{{.Name}}', query];
      const { stdout } = await session.run(args);
      const listed = stdout.trim().split('\n');
      assert.ok(listed.includes(`${session.host}/${session.repository('app')}`), stdout);
    },
  },
  {
    operation: 'inspect',
    async run(session) {
      await session.run(['rmi', '--all', '--force']); // it would look at a local image of that name first
      const { stdout } = await session.run(['manifest', 'inspect', session.reference('multi')]);
      const { manifests } = JSON.parse(stdout) as { manifests: { digest: string }[] };
      const stored = await session.registry.getManifest(session.repository('multi'), 'v1');
      assert.deepEqual(
        manifests.map((child) => child.digest),
        stored.json.manifests?.map((child) => child.digest),
      );
    },
  },
  {
    operation: 'report a missing image',
    async run(session) {
      await session.refused(['pull', plain, session.reference('app', 'missing')], /manifest unknown|not found/i);
    },
  },
];

/** What podman 5 has and podman 4.3 has not. */
const newCells: readonly PodmanCell[] = [
  {
    operation: 'push a zstd layer',
    async run(session) {
      const { registry } = session;
      const { stdout } = await session.run(['pull', '-q', `oci:${session.bigImage.layout}:v1`]);
      const flags = [plain, '--compression-format', 'zstd:chunked', '--force-compression'];
      await session.run(['push', ...flags, stdout.trim(), `docker://${session.reference('zstd')}`]);
      const manifest = await registry.getManifest(session.repository('zstd'), 'v1');
      const layer = manifest.json.layers?.[0];
      assert.match(layer?.mediaType ?? '', /tar\+zstd$/);
      assert.ok(layer?.annotations?.['io.github.containers.zstd-chunked.manifest-checksum']);
      await session.run(['rmi', '--all', '--force']);
      const pulled = await session.run(['pull', '-q', plain, session.reference('zstd')]);
      assertImageId(pulled.stdout, session.bigImage.config);
    },
  },
  {
    operation: 'push an artifact',
    async run(session) {
      const file = session.writeFile('artifact/data.txt', 'some data\n');
      await session.run(['artifact', 'add', session.reference('artifact'), file]);
      await session.run(['artifact', 'push', plain, session.reference('artifact')]);
      const manifest = await session.registry.getManifest(session.repository('artifact'), 'v1');
      await session.registry.mustHaveParts(session.repository('artifact'), manifest);
    },
  },
  {
    operation: 'pull an artifact',
    async run(session) {
      await session.run(['artifact', 'rm', session.reference('artifact')]);
      await session.run(['artifact', 'pull', plain, session.reference('artifact')]);
      const { stdout } = await session.run(['artifact', 'inspect', session.reference('artifact')]);
      const { Manifest: pulled } = JSON.parse(stdout) as { Manifest: ManifestJson };
      const stored = await session.registry.getManifest(session.repository('artifact'), 'v1');
      assert.deepEqual(pulled.layers, stored.json.layers);
    },
  },
];

const brokenTransferCells: readonly PodmanCell[] = [
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
      const { registry } = session;
      await session.run(['rmi', '--all', '--force']);
      await session.throughCut('download', (host) => {
        const source = `${host}/${session.repository('big')}:v1`;
        return session.runAgain(['pull', '-q', plain, '--creds', registry.credentials, source]);
      });
      const { stdout } = await session.run(['images', '-q', '--no-trunc']);
      assert.equal(stdout.trim(), session.bigImage.config.digest);
    },
  },
];

const accessCells: readonly PodmanCell[] = [
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
      await session.refused(['pull', plain, '--authfile', nobody(session), session.reference('copy')], noAccess);
    },
  },
  {
    operation: 'logout',
    async run(session) {
      await session.run(['logout', session.host]);
      await session.refused(['pull', plain, session.reference('copy')], noAccess);
    },
  },
];

interface PodmanOptions {
  readonly version: string;
  readonly program: string;
  /** Podman 4.3 has no artifacts and compresses no layer anew. */
  readonly isOld: boolean;
}

export function podmanSuite({ version, program, isOld }: PodmanOptions): ClientSuite {
  return createSuite<ClientSession>({
    client: 'podman',
    version,
    tools: ['debian'],
    async open(bench) {
      const bin = await bench.toolbox.get('debian');
      return new PodmanSession(bench, program, makeContainersHome(bench, program, bin), `${bin}/${program}`);
    },
    cells: [
      ...loginCells,
      ...imageCells,
      ...readCells,
      ...(isOld ? [] : newCells),
      ...brokenTransferCells,
      ...accessCells,
    ],
  });
}
