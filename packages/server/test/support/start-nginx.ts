import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from './find-free-port.ts';

export interface RunningNginx {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Ends it, and removes its folder. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 10_000;

/** Why there is no nginx for a test; undefined when there is one. In CI its absence is a failure, so there it is tried. */
export function findReasonAgainstNginx(): string | undefined {
  const isThere = spawnSync('nginx', ['-v']).error === undefined;
  return isThere || process.env['CI'] === 'true' ? undefined : 'nginx is not installed';
}

/**
 * Starts an nginx of its own on 127.0.0.1 and a free port, with everything that it writes in a scratch folder.
 * @param locations what stands in its `server` block
 */
export async function startNginx(locations: string): Promise<RunningNginx> {
  const folder = await mkdtemp(path.join(tmpdir(), 'roadstead-nginx-'));
  const port = await findFreePort();
  await writeFile(path.join(folder, 'nginx.conf'), configure(folder, port, locations));
  const child = spawn('nginx', ['-e', 'stderr', '-p', folder, '-c', path.join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log: string[] = [];
  child.stderr.on('data', (data) => log.push(String(data)));
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitUntilListening(child, url, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** One process, as the user of the test, so that it may read what the test may. */
function configure(folder: string, port: number, locations: string): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
    daemon off;
    master_process off;
    pid ${folder}/nginx.pid;
    events {}
    http {
      access_log off;
      error_log stderr error;
      ${folders.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n')}
      server {
        listen 127.0.0.1:${port};
        ${locations}
      }
    }`;
}

async function waitUntilListening(child: ChildProcess, url: string, log: readonly string[]): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (failure !== undefined) throw new Error('nginx is not installed: install the package nginx', { cause: failure });
    if (child.exitCode !== null) throw new Error(`nginx ended at its start:\n${log.join('')}`);
    const answers = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nginx was not ready after ${START_TIMEOUT_MS} ms:\n${log.join('')}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}
