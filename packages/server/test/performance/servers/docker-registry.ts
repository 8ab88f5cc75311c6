import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../support/find-free-port.ts';
import { DOCKER_REGISTRY_VERSION } from './install-docker-registry.ts';
import { coresOf } from './placement.ts';
import type { RunningServer, ServerFactory, StartOptions } from './running-server.ts';

const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 20_000;

/** Debian's docker-registry: files, deletes, its descriptor cache in memory, no access log, no authentication. */
export class DockerRegistryFactory implements ServerFactory {
  readonly name = `docker-registry ${DOCKER_REGISTRY_VERSION}`;
  readonly isFresh = true;
  readonly #program: string;
  readonly #workDir: string;
  #startCount = 0;

  constructor(program: string, workDir: string) {
    this.#program = program;
    this.#workDir = workDir;
  }

  async start({ placement, dataDir }: StartOptions): Promise<RunningServer> {
    this.#startCount += 1;
    const folder = dataDir ?? path.join(this.#workDir, `docker-registry-${process.pid}-${this.#startCount}`);
    mkdirSync(folder, { recursive: true });
    const port = await findFreePort();
    const config = path.join(folder, 'config.yml');
    const logFile = path.join(folder, 'log');
    writeFileSync(config, renderConfig(folder, port));
    const log = openSync(logFile, 'w');
    // Of its environment it takes any REGISTRY_… for a setting: it gets none of ours.
    const child = spawn('taskset', ['-c', coresOf(placement).server, this.#program, 'serve', config], {
      env: { PATH: process.env['PATH'] ?? '', HOME: folder },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const stop = async (): Promise<void> => {
      await stopChild(child);
      if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
    };
    try {
      await waitUntilReady(child, port);
    } catch (error) {
      const said = readFileSync(logFile, 'utf8');
      await stop();
      throw new Error(`${this.name} did not start:\n${said}`, { cause: error });
    }
    return { name: this.name, host: '127.0.0.1', port, pid: child.pid, authorize: async () => ({}), stop };
  }
}

function renderConfig(folder: string, port: number): string {
  return JSON.stringify({
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: path.join(folder, 'storage') },
      delete: { enabled: true },
      cache: { blobdescriptor: 'inmemory' },
    },
    http: { addr: `127.0.0.1:${port}` },
  });
}

async function waitUntilReady(child: ChildProcess, port: number): Promise<void> {
  for (const begunMs = performance.now(); performance.now() - begunMs < START_LIMIT_MS; await sleep(50)) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended at its start');
    const ready = await fetch(`http://127.0.0.1:${port}/v2/`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
  }
  throw new Error(`it was not ready after ${START_LIMIT_MS} ms`);
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await exited;
  clearTimeout(insist);
}
