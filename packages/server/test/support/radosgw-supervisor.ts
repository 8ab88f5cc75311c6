// Runs an S3 server (a Ceph radosgw on one monitor and one object store) for as long as standard input stays open:
// SCRATCH OPTIONS, the options as JSON. Says `ready` when it answers. When the test process ends, however it ends, the pipe
// closes; the servers are stopped and the folder removed.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface RadosgwOptions {
  readonly s3Port: number;
  /** Of the monitor, in its newer and its older protocol. */
  readonly monitorPorts: readonly [number, number];
  /** The object store takes some of these. */
  readonly storePorts: readonly [number, number];
  readonly accessKey: string;
  readonly secretKey: string;
  readonly medium: 'memory' | 'file';
  readonly capacityBytes: number;
}

const STEP_TIMEOUT_MS = 60_000;
const READY_TIMEOUT_MS = 60_000;
const KILL_AFTER_MS = 10_000;
const CEPHX = ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *', '--cap', 'mgr', 'allow *'];

const execute = promisify(execFile);

class Radosgw {
  readonly #scratch: string;
  readonly #options: RadosgwOptions;
  readonly #config: string;
  readonly #servers: ChildProcess[] = [];
  #isStopping = false;

  constructor(scratch: string, options: RadosgwOptions) {
    this.#scratch = scratch;
    this.#options = options;
    this.#config = this.#path('ceph.conf');
  }

  async start(): Promise<void> {
    const clusterId = randomUUID();
    for (const folder of ['mon', 'osd', 'run', 'log', 'rgw']) mkdirSync(this.#path(folder));
    writeFileSync(this.#config, this.#writeConfig(clusterId));
    await this.#createKeys();
    await this.#startMonitor(clusterId);
    await this.#startStore();
    this.#serve('radosgw', ['-f', '-n', 'client.rgw']);
    await this.#waitUntilReady();
    const { accessKey, secretKey } = this.#options;
    const user = ['--uid=test', '--display-name=test', `--access-key=${accessKey}`, `--secret-key=${secretKey}`];
    await this.#run('radosgw-admin', ['user', 'create', ...user]);
  }

  async stop(): Promise<never> {
    if (!this.#isStopping) {
      this.#isStopping = true;
      for (const server of this.#servers.toReversed()) await end(server);
      rmSync(this.#scratch, { recursive: true, force: true });
    }
    process.exit(0);
  }

  async #createKeys(): Promise<void> {
    const keyring = this.#path('keyring');
    await this.#run('ceph-authtool', ['-C', keyring, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *']);
    for (const name of ['client.admin', 'osd.0', 'client.rgw']) {
      await this.#run('ceph-authtool', [keyring, '--gen-key', '-n', name, ...CEPHX]);
    }
  }

  async #startMonitor(clusterId: string): Promise<void> {
    const map = this.#path('monmap');
    const address = this.#monitorAddress();
    await this.#run('monmaptool', ['--create', '--clobber', '--fsid', clusterId, '--addv', 'a', address, map]);
    await this.#run('ceph-mon', ['--mkfs', '-i', 'a', '--monmap', map, '--keyring', this.#path('keyring')]);
    this.#serve('ceph-mon', ['-f', '-i', 'a']);
  }

  async #startStore(): Promise<void> {
    const storeId = randomUUID();
    await this.#run('ceph', ['osd', 'new', storeId]);
    await this.#run('ceph', ['auth', 'import', '-i', this.#path('keyring')]);
    await this.#run('ceph-osd', ['--mkfs', '-i', '0', '--osd-uuid', storeId]);
    this.#serve('ceph-osd', ['-f', '-i', '0']);
  }

  async #waitUntilReady(): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${this.#options.s3Port}/`).catch(() => undefined);
      if (answer?.ok === true) return;
      if (Date.now() > deadline) throw new Error(`radosgw did not answer within ${READY_TIMEOUT_MS} ms`);
      await delay(100);
    }
  }

  async #run(command: string, args: readonly string[]): Promise<void> {
    const env = { ...process.env, CEPH_CONF: this.#config };
    await execute(command, [...args], { env, cwd: this.#scratch, timeout: STEP_TIMEOUT_MS });
  }

  #serve(command: string, args: readonly string[]): void {
    const env = { ...process.env, CEPH_CONF: this.#config };
    const server = spawn(command, [...args], { env, cwd: this.#scratch, stdio: ['ignore', 'inherit', 'inherit'] });
    const fail = (): void => {
      if (this.#isStopping) return;
      console.error(`${command} has ended by itself`);
      void this.stop();
    };
    server.on('error', fail);
    server.on('exit', fail);
    this.#servers.push(server);
  }

  #monitorAddress(): string {
    const [newer, older] = this.#options.monitorPorts;
    return `[v2:127.0.0.1:${newer},v1:127.0.0.1:${older}]`;
  }

  #path(name: string): string {
    return path.join(this.#scratch, name);
  }

  /** Without keys (`auth none`) radosgw hangs, so they are there although nobody else is. */
  #writeConfig(clusterId: string): string {
    const { s3Port, storePorts, medium, capacityBytes } = this.#options;
    const [firstPort, lastPort] = storePorts;
    const store =
      medium === 'memory'
        ? { osd_objectstore: 'memstore', memstore_device_bytes: capacityBytes }
        : {
            osd_objectstore: 'bluestore',
            bluestore_block_size: capacityBytes,
            bluestore_block_wal_create: false,
            bluestore_block_db_create: false,
          };
    const common = {
      fsid: clusterId,
      mon_host: this.#monitorAddress(),
      mon_initial_members: 'a',
      public_addr: '127.0.0.1',
      cluster_addr: '127.0.0.1',
      ms_bind_ipv6: false,
      ms_bind_port_min: firstPort,
      ms_bind_port_max: lastPort,
      auth_cluster_required: 'cephx',
      auth_service_required: 'cephx',
      auth_client_required: 'cephx',
      keyring: this.#path('keyring'),
      osd_pool_default_size: 1,
      osd_pool_default_min_size: 1,
      osd_pool_default_pg_num: 1,
      osd_pool_default_pg_autoscale_mode: 'off',
      osd_crush_chooseleaf_type: 0,
      mon_allow_pool_size_one: true,
      mon_max_pg_per_osd: 2000,
      mon_warn_on_pool_no_redundancy: false,
      run_dir: this.#path('run'),
      log_file: this.#path('log/$name.log'),
      admin_socket: this.#path('run/$name.asok'),
      osd_data: this.#path('osd'),
      mon_data: this.#path('mon'),
      ...store,
    };
    const gateway = {
      rgw_data: this.#path('rgw'),
      rgw_frontends: `beast endpoint=127.0.0.1:${s3Port}`,
      rgw_enable_apis: 's3',
      // Buckets are also names below this one; whoever uses them tells Node where that is.
      rgw_dns_name: 'store.test',
      rgw_zone: 'default',
      rgw_thread_pool_size: 32,
      // What was deleted gives its room back at once, and not after hours: the medium is small, and a full one answers nobody.
      rgw_gc_obj_min_wait: 10,
      rgw_gc_processor_period: 10,
      rgw_run_sync_thread: false,
    };
    return `[global]\n${toLines(common)}[client.rgw]\n${toLines(gateway)}`;
  }
}

function toLines(settings: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  const timer = setTimeout(() => server.kill('SIGKILL'), KILL_AFTER_MS);
  await ended;
  clearTimeout(timer);
}

const [scratch, options] = process.argv.slice(2);
if (scratch === undefined || options === undefined) throw new Error('usage: radosgw-supervisor SCRATCH OPTIONS');
const radosgw = new Radosgw(scratch, JSON.parse(options));
const stop = () => void radosgw.stop();
process.stdin.on('end', stop).on('error', stop).resume();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
// A reader of our output that has gone away must not end us before the folder is removed.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
try {
  await radosgw.start();
  console.log('ready');
} catch (error) {
  console.error(error);
  await radosgw.stop();
}
