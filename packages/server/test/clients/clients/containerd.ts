import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { ClientSession, rangeRequest } from '../bench/client-session.ts';
import { type Bench, type Cell, type ClientSuite, createSuite } from '../bench/client-suite.ts';
import { Daemon } from '../bench/daemon.ts';
import type { LayoutFixture } from '../bench/image-fixture.ts';

const noAccess = /unauthorized|denied|authorization failed|401|403/i;

/** `ctr` with a containerd of its own behind it. */
class ContainerdSession extends ClientSession {
  readonly daemon: Daemon;
  readonly bin: string;

  constructor(bench: Bench, home: ClientSession['home'], bin: string, daemon: Daemon) {
    super(bench, 'containerd', home, `${bin}/ctr`);
    this.bin = bin;
    this.daemon = daemon;
  }

  get login(): string[] {
    return ['-u', this.registry.credentials];
  }

  /** The digest that a local image name stands for. */
  async findLocal(name: string): Promise<string | undefined> {
    const { stdout } = await this.run(['images', 'ls', `name==${name}`]);
    return /sha256:[0-9a-f]{64}/.exec(stdout)?.[0];
  }

  async mustHave(name: string, digest: string): Promise<void> {
    assert.equal(await this.findLocal(name), digest);
    const { stdout } = await this.run(['images', 'check', `name==${name}`]);
    assert.match(stdout, /complete \(/, stdout);
  }

  async forget(...names: string[]): Promise<void> {
    await this.run(['images', 'rm', '--sync', ...names]);
  }
}

type ContainerdCell = Cell<ContainerdSession>;

/** Brings a fixture into containerd without the registry. */
async function importLayout(session: ContainerdSession, image: LayoutFixture, name: string): Promise<void> {
  const archive = session.home.path('layout.tar');
  await session.home.run('tar', ['-C', image.layout, '-cf', archive, '.']);
  await session.run(['images', 'import', '--all-platforms', '--no-unpack', '--base-name', name, archive]);
}

const pull = ['images', 'pull', '--plain-http', '--snapshotter', 'native'];
const push = ['images', 'push', '--plain-http'];

const cells: readonly ContainerdCell[] = [
  {
    operation: 'refuse a wrong password',
    async run(session) {
      const { username, password } = session.wrongLogin;
      await session.refused([...pull, '-u', `${username}:${password}`, session.reference('app')], noAccess);
    },
  },
  {
    operation: 'push',
    async run(session) {
      const { registry, images } = session;
      await importLayout(session, images.amd64, `${session.host}/${session.repository('app')}`);
      await session.run([...push, ...session.login, session.reference('app')]);
      await registry.mustHaveImage(session.repository('app'), 'v1', images.amd64.root.digest);
    },
  },
  {
    operation: 'pull',
    async run(session) {
      await session.forget(session.reference('app'));
      await session.run([...pull, ...session.login, session.reference('app')]);
      await session.mustHave(session.reference('app'), session.images.amd64.root.digest);
    },
  },
  {
    operation: 'push an index',
    async run(session) {
      const { registry, images } = session;
      await importLayout(session, images.multi, `${session.host}/${session.repository('multi')}`);
      await session.run([...push, ...session.login, session.reference('multi')]);
      await registry.mustHaveImage(session.repository('multi'), 'v1', images.multi.root.digest);
    },
  },
  {
    operation: 'pull an index',
    async run(session) {
      await session.forget(session.reference('multi'));
      await session.run([...pull, '--all-platforms', ...session.login, session.reference('multi')]);
      await session.mustHave(session.reference('multi'), session.images.multi.root.digest);
    },
  },
  {
    operation: 'copy across repositories',
    async run(session) {
      const { registry, images } = session;
      await session.run([...push, ...session.login, session.reference('copy'), session.reference('multi')]);
      await registry.mustHaveImage(session.repository('copy'), 'v1', images.multi.root.digest);
    },
  },
  {
    operation: 'tag',
    async run(session) {
      const { registry, images } = session;
      await session.run(['images', 'tag', session.reference('app'), session.reference('app', 'v2')]);
      await session.run([...push, ...session.login, session.reference('app', 'v2')]);
      await registry.mustHaveImage(session.repository('app'), 'v2', images.amd64.root.digest);
    },
  },
  {
    operation: 'report a missing image',
    async run(session) {
      await session.refused([...pull, ...session.login, session.reference('app', 'missing')], /not found/i);
    },
  },
  {
    operation: 'resume an upload',
    async run(session) {
      const { registry } = session;
      await importLayout(session, session.bigImage, 'local/big');
      await session.throughCut('upload', (host) => {
        const target = `${host}/${session.repository('big')}:v1`;
        return session.runAgain([...push, ...session.login, target, 'local/big:v1']);
      });
      await registry.mustHaveImage(session.repository('big'), 'v1', session.bigImage.root.digest);
    },
  },
  {
    operation: 'resume a download',
    async run(session) {
      await session.forget('local/big:v1');
      const resume = async (host: string): Promise<void> => {
        const source = `${host}/${session.repository('big')}:v1`;
        await session.runAgain([...pull, ...session.login, source]);
        await session.mustHave(source, session.bigImage.root.digest);
      };
      await session.throughCut('download', resume, rangeRequest);
    },
  },
  {
    operation: 'pull without login',
    async run(session) {
      const { registry, images } = session;
      await registry.pushLayout(images.arm64.layout, images.arm64.root, session.publicRepository('arm'), 'v1');
      await session.run([...pull, '--all-platforms', session.publicReference('arm')]);
      await session.mustHave(session.publicReference('arm'), images.arm64.root.digest);
    },
  },
  {
    operation: 'refuse a push without login',
    async run(session) {
      const { registry } = session;
      await session.refused([...push, session.publicReference('intruder'), session.reference('app')], noAccess);
      assert.equal(await registry.findManifest(session.publicRepository('intruder'), 'v1'), undefined);
    },
  },
  {
    operation: 'hide a private image',
    async run(session) {
      await session.refused([...pull, session.reference('app')], noAccess);
    },
  },
];

async function openSession(bench: Bench): Promise<ContainerdSession> {
  const bin = await bench.toolbox.get('debian');
  const folder = bench.makeHome('ctr').folder;
  const socket = `${folder}/c.sock`;
  const home = bench.makeHome('ctr', { searchPath: [bin], env: { CONTAINERD_ADDRESS: socket } });
  const configuration = [
    'version = 2',
    `root = "${folder}/root"`,
    `state = "${folder}/state"`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.nri.v1.nri"]',
    '[grpc]',
    `address = "${socket}"`,
    '[plugins."io.containerd.internal.v1.opt"]',
    `path = "${folder}/opt"`,
  ];
  writeFileSync(home.path('containerd.toml'), `${configuration.join('\n')}\n`);
  const daemon = await Daemon.start(`${bin}/containerd`, ['-c', home.path('containerd.toml')], {
    env: home.env,
    logFile: home.path('containerd.log'),
    isReady: async () => existsSync(socket) && (await home.attempt(`${bin}/ctr`, ['version'])).exitCode === 0,
  });
  return new ContainerdSession(bench, home, bin, daemon);
}

export function containerdSuite(version: string): ClientSuite {
  return createSuite<ContainerdSession>({
    client: 'containerd',
    version,
    tools: ['debian'],
    open: openSession,
    close: (session) => session.daemon.stop(),
    cells,
  });
}
