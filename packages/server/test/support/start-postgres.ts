import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { createDatabase, dropDatabase } from './create-database.ts';
import { findFreePort } from './find-free-port.ts';
import { findPostgres, type PostgresInstallation } from './find-postgres.ts';

export interface RunningPostgres {
  /** `postgres://USER:PASSWORD@127.0.0.1:PORT/postgres`; its user may create databases. */
  readonly url: string;
  /** Of the process that keeps the server; undefined for one that was there before. */
  readonly pid: number | undefined;
  /** Creates a database and returns its URL. */
  createDatabase(name: string): Promise<string>;
  /** Ends the server and removes its folder; of a server that was there before, drops the created databases. */
  stop(): Promise<void>;
}

/** The user that PostgreSQL runs as. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

const START_TIMEOUT_MS = 30_000;
const USER = 'roadstead';
const run = promisify(execFile);

/** Of `postgresql.conf`. */
export type PostgresSettings = Readonly<Record<string, string | number>>;

/**
 * Starts a PostgreSQL of its own on a scratch folder, on 127.0.0.1 with a free port and a random password. It ends with
 * this process even when this process is killed. ROADSTEAD_TEST_POSTGRES_URL names a server to use instead.
 * @throws Error when PostgreSQL is not installed or does not start
 */
export async function startPostgres(settings: PostgresSettings = {}): Promise<RunningPostgres> {
  const existing = process.env['ROADSTEAD_TEST_POSTGRES_URL'];
  if (existing !== undefined && existing !== '') return useExisting(existing);
  const installation = findPostgres();
  if (installation === undefined)
    throw new Error('PostgreSQL is not installed: install the package postgresql, or set ROADSTEAD_TEST_POSTGRES_URL');
  const identity = findUnprivilegedUser();
  const scratch = await mkdtemp(path.join(tmpdir(), 'roadstead-postgres-'));
  const password = randomBytes(18).toString('base64url');
  try {
    await initialize(installation, scratch, password, identity);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    throw error;
  }
  const port = await findFreePort();
  const { supervisor, log } = launch(installation, scratch, { port, ...settings }, identity);
  const url = `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`;
  await waitUntilConnected(url, supervisor, log);
  return {
    url,
    pid: supervisor.pid,
    createDatabase: (name) => createDatabase(url, name),
    stop: () => stopSupervisor(supervisor),
  };
}

function useExisting(url: string): RunningPostgres {
  const created: string[] = [];
  return {
    url,
    pid: undefined,
    createDatabase: async (name) => {
      const databaseUrl = await createDatabase(url, name);
      created.push(name);
      return databaseUrl;
    },
    stop: async () => {
      for (const name of created) await dropDatabase(url, name);
    },
  };
}

/** PostgreSQL refuses to run as root: then it runs as `postgres`, or as `nobody` where there is no such user. */
export function findUnprivilegedUser(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = ['postgres', 'nobody'].map((name) => users.find((fields) => fields[0] === name)).find(Boolean);
  if (user === undefined) throw new Error('root cannot run PostgreSQL, and there is no user postgres or nobody');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

async function initialize(
  installation: PostgresInstallation,
  scratch: string,
  password: string,
  identity: Identity | undefined,
): Promise<void> {
  const passwordFile = path.join(scratch, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (identity !== undefined) for (const name of [scratch, passwordFile]) chownSync(name, identity.uid, identity.gid);
  await run(
    path.join(installation.binDir, 'initdb'),
    [
      `--pgdata=${path.join(scratch, 'data')}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { ...identity, cwd: scratch },
  );
  await rm(passwordFile);
}

function launch(
  installation: PostgresInstallation,
  scratch: string,
  wanted: PostgresSettings,
  identity: Identity | undefined,
): { supervisor: ChildProcess; log: () => string } {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: scratch,
    // The data lives as long as the tests: durability would only cost time.
    fsync: 'off',
    full_page_writes: 'off',
    max_connections: 200,
    jit: 'off',
    ...wanted,
  };
  const supervisor = spawn(
    process.execPath,
    [
      path.join(import.meta.dirname, 'postgres-supervisor.ts'),
      scratch,
      identity === undefined ? '' : String(identity.uid),
      identity === undefined ? '' : String(identity.gid),
      path.join(installation.binDir, 'postgres'),
      '-D',
      path.join(scratch, 'data'),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    // A group of its own: Ctrl-C in the terminal reaches the tests, and the closing pipe then reaches the supervisor.
    { detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const output: string[] = [];
  for (const stream of [supervisor.stdout, supervisor.stderr])
    stream.on('data', (data) => {
      output.push(String(data));
      if (output.length > 200) output.shift();
    });
  supervisor.stdin.on('error', () => {});
  return { supervisor, log: () => output.join('') };
}

async function waitUntilConnected(url: string, supervisor: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (hasEnded(supervisor)) throw new Error(`PostgreSQL ended at its start:\n${log()}`);
    if (await canConnect(url)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stopSupervisor(supervisor);
  throw new Error(`PostgreSQL was not ready after ${START_TIMEOUT_MS} ms:\n${log()}`);
}

async function canConnect(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

async function stopSupervisor(supervisor: ChildProcess): Promise<void> {
  if (hasEnded(supervisor)) return;
  const exited = new Promise((resolve) => supervisor.once('exit', resolve));
  supervisor.stdin?.end();
  await exited;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
