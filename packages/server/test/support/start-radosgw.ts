import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from './find-free-port.ts';
import type { RadosgwOptions } from './radosgw-supervisor.ts';

export interface S3Access {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface RadosgwMedium {
  /** Memory is lost with the server; a file lies in the scratch folder and grows as it fills. */
  readonly medium?: 'memory' | 'file';
  readonly capacityBytes?: number;
}

export interface RunningS3 extends S3Access {
  /** Of the process that keeps the servers. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

const PROGRAMS = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'ceph-authtool', 'monmaptool'];
const START_TIMEOUT_MS = 120_000;
const GIB = 1024 ** 3;
/** Below the ports that the system gives to connections, and above those of `findFreePort`. */
const STORE_PORTS = { first: 32_001, last: 32_720, count: 40 };

/** Whether Debian's packages ceph-mon, ceph-osd, ceph-common and radosgw are installed. */
export function hasRadosgw(searchPath = process.env['PATH'] ?? ''): boolean {
  const folders = searchPath.split(path.delimiter).filter((folder) => folder !== '');
  return PROGRAMS.every((program) => folders.some((folder) => existsSync(path.join(folder, program))));
}

/** Starts an S3 server of its own, and waits until it answers: some fifteen seconds. */
export async function startRadosgw(options: RadosgwMedium = {}): Promise<RunningS3> {
  const { ready, ...server } = await launchRadosgw(options);
  await ready;
  return server;
}

/**
 * Starts an S3 server of its own (Ceph's) on 127.0.0.1, with free ports and random keys, and does not wait for it.
 * It ends with this process even when this process is killed.
 */
export async function launchRadosgw({
  medium = 'memory',
  capacityBytes = 8 * GIB,
}: RadosgwMedium): Promise<RunningS3 & { readonly ready: Promise<void> }> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'roadstead-radosgw-'));
  const storePort = randomInt(STORE_PORTS.first, STORE_PORTS.last);
  const options: RadosgwOptions = {
    s3Port: await findFreePort(),
    monitorPorts: [await findFreePort(), await findFreePort()],
    storePorts: [storePort, storePort + STORE_PORTS.count],
    accessKey: randomBytes(10).toString('hex'),
    secretKey: randomBytes(20).toString('hex'),
    medium,
    capacityBytes,
  };
  const supervisor = spawn(
    process.execPath,
    [path.join(import.meta.dirname, 'radosgw-supervisor.ts'), scratch, JSON.stringify(options)],
    // A group of its own: Ctrl-C in the terminal reaches the tests, and the closing pipe then reaches the supervisor.
    { detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => supervisor.once('exit', () => resolve()));
  let isStopping = false;
  const stop = async () => {
    isStopping = true;
    supervisor.stdin.end();
    await ended;
  };
  let output = '';
  const ready = new Promise<void>((resolve, reject) => {
    for (const stream of [supervisor.stdout, supervisor.stderr]) {
      stream.on('data', (data) => {
        output = `${output}${data}`.slice(-20_000);
        if (/^ready$/m.test(output)) resolve();
      });
    }
    void ended.then(() => {
      // Whoever has stopped it waits for it no longer.
      if (isStopping) resolve();
      else reject(new Error(`the S3 server ended at its start:\n${output}`));
    });
    setTimeout(() => reject(new Error(`the S3 server was not ready in time:\n${output}`)), START_TIMEOUT_MS).unref();
  });
  supervisor.stdin.on('error', () => {});
  return {
    ready: ready.catch(async (error: unknown) => {
      await stop();
      throw error;
    }),
    endpoint: `http://127.0.0.1:${options.s3Port}`,
    region: 'us-east-1',
    accessKeyId: options.accessKey,
    secretAccessKey: options.secretKey,
    pid: supervisor.pid,
    stop,
  };
}
