import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ClientSession } from '../bench/client-session.ts';
import type { Bench } from '../bench/client-suite.ts';
import { Daemon } from '../bench/daemon.ts';

/** The docker command with a real engine behind it: no bridge, no firewall rules, nothing outside its home. */
export class DockerSession extends ClientSession {
  readonly engine: Daemon;

  constructor(bench: Bench, slug: string, home: ClientSession['home'], program: string, engine: Daemon) {
    super(bench, slug, home, program);
    this.engine = engine;
  }
}

export interface EngineOptions {
  readonly slug: string;
  /** Where the engine keeps images: in its own graph driver, or in containerd. */
  readonly store: 'graph driver' | 'containerd';
}

export async function startDockerEngine(bench: Bench, { slug, store }: EngineOptions): Promise<DockerSession> {
  const bin = await bench.toolbox.get('debian');
  const folder = bench.makeHome(slug).folder;
  const socket = `unix://${folder}/d.sock`;
  const env = {
    DOCKER_HOST: socket,
    DOCKER_CLI_HINTS: 'false',
    ...(store === 'containerd' ? {} : { DOCKER_BUILDKIT: '0' }),
  };
  const home = bench.makeHome(slug, { searchPath: [bin], env });
  const plugins = home.path('home/.docker/cli-plugins');
  mkdirSync(plugins, { recursive: true });
  symlinkSync(`${bin}/docker-buildx`, path.join(plugins, 'docker-buildx'));
  const configuration = {
    'data-root': home.path('data'),
    'exec-root': home.path('exec'),
    pidfile: home.path('d.pid'),
    hosts: [socket],
    'storage-driver': store === 'containerd' ? 'native' : 'vfs',
    bridge: 'none',
    iptables: false,
    ip6tables: false,
    'ip-forward': false,
    'ip-masq': false,
    'userland-proxy': false,
    'insecure-registries': ['127.0.0.0/8'],
    features: { 'containerd-snapshotter': store === 'containerd' },
  };
  writeFileSync(home.path('daemon.json'), JSON.stringify(configuration));
  const program = `${bin}/docker`;
  const engine = await Daemon.start(`${bin}/dockerd`, ['--config-file', home.path('daemon.json')], {
    env: home.env,
    logFile: home.path('dockerd.log'),
    isReady: async () => (await home.attempt(program, ['version'])).exitCode === 0,
  });
  return new DockerSession(bench, slug, home, program, engine);
}
