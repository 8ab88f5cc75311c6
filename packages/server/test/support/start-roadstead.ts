import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from './find-free-port.ts';

/** A listening server for the outer test tiers, which know nothing of the source: they talk HTTP. */
export interface RunningRoadstead {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly admin: { readonly username: 'admin'; readonly password: string };
  readonly dataDir: string;
  readonly pid: number;
  /** Everything the server has printed so far. */
  log(): string;
  createProject(name: string, options?: { public?: boolean }): Promise<void>;
  /** Sends SIGTERM, waits for the exit, and removes the data folder unless the caller had chosen it. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly dataDir?: string;
}

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;

export async function startRoadstead(options: StartOptions = {}): Promise<RunningRoadstead> {
  const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'roadstead-test-')));
  const host = `127.0.0.1:${await findFreePort()}`;
  const url = `http://${host}`;
  const admin = { username: 'admin', password: 'Correct-horse-9-battery' } as const;
  const output: string[] = [];
  const child = spawn(process.execPath, [path.join(ROOT, 'packages/server/src/main.ts'), 'serve'], {
    env: {
      ...process.env,
      ROADSTEAD_LISTEN: host,
      ROADSTEAD_METRICS_LISTEN: '',
      ROADSTEAD_DATA: dataDir,
      ROADSTEAD_ADMIN_PASSWORD: admin.password,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (data) => output.push(String(data)));
  child.stderr.on('data', (data) => output.push(String(data)));
  await waitUntilReady(child, url, () => output.join(''));
  const { pid } = child;
  if (pid === undefined) throw new Error('the server answers without a process of ours: another one has its port');
  return {
    url,
    host,
    admin,
    dataDir,
    pid,
    log: () => output.join(''),
    createProject: (name, project) => createProject(url, admin, name, project?.public ?? false),
    stop: async () => {
      await stopChild(child);
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function waitUntilReady(child: ChildProcess, url: string, log: () => string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the server ended at its start:\n${log()}`);
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`the server was not ready after ${START_TIMEOUT_MS} ms:\n${log()}`);
}

async function createProject(
  url: string,
  admin: RunningRoadstead['admin'],
  name: string,
  isPublic: boolean,
): Promise<void> {
  const response = await fetch(`${url}/api/v2.0/projects`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Basic ${Buffer.from(`${admin.username}:${admin.password}`).toString('base64')}`,
    },
    body: JSON.stringify({ project_name: name, metadata: { public: String(isPublic) } }),
  });
  if (response.status !== 201) throw new Error(`creating project ${name}: ${response.status} ${await response.text()}`);
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
