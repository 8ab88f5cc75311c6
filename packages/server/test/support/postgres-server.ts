import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findPostgres } from './find-postgres.ts';
import { hasEnded, listProcessTree, signalProcess } from './process/process-tree.ts';
import { findUnprivilegedUser, type Identity } from './start-postgres.ts';

export const POSTGRES_USER = 'roadstead';
const SUPERVISOR = path.resolve(import.meta.dirname, './postgres-supervisor.ts');
const START_TIMEOUT_MS = 90_000;
const POLL_MS = 50;
const MAX_LOG_PIECES = 200;
const run = promisify(execFile);

export interface PostgresServerInit {
  /** Its `cluster_name`, by which a primary knows its standby. */
  readonly name: string;
  readonly port: number;
  readonly password: string;
  /** Of this server alone; made here. */
  readonly folder: string;
}

/** One PostgreSQL on a folder of its own, which outlives its processes. */
export class PostgresServer {
  readonly name: string;
  readonly port: number;
  readonly dataDir: string;
  readonly #password: string;
  readonly #folder: string;
  readonly #binDir: string;
  readonly #identity: Identity | undefined;
  readonly #log: string[] = [];
  #supervisor: ChildProcess | undefined;

  constructor({ name, port, password, folder }: PostgresServerInit) {
    const installation = findPostgres();
    if (installation === undefined) throw new Error('PostgreSQL is not installed: install the package postgresql');
    this.#binDir = installation.binDir;
    this.name = name;
    this.port = port;
    this.#password = password;
    this.#folder = folder;
    this.dataDir = path.join(folder, 'data');
    this.#identity = findUnprivilegedUser();
    mkdirSync(folder, { recursive: true });
    this.#give(folder);
  }

  urlOf(database: string): string {
    return `postgres://${POSTGRES_USER}:${this.#password}@127.0.0.1:${this.port}/${database}`;
  }

  /** A program of PostgreSQL's, as the user that the server runs as. @throws Error with what it said */
  async tool(program: string, args: readonly string[]): Promise<void> {
    const env = { ...process.env, PGPASSWORD: this.#password };
    await run(path.join(this.#binDir, program), [...args], { ...this.#identity, cwd: this.#folder, env });
  }

  /** Runs the server on its folder. Settings that change between runs lie in the folder, by ALTER SYSTEM. */
  async start(): Promise<void> {
    // The supervisor removes what it is given at its end: the sockets, and not the data.
    const scratch = path.join(this.#folder, 'run');
    mkdirSync(scratch, { recursive: true });
    this.#give(scratch);
    const settings = {
      listen_addresses: '127.0.0.1',
      port: this.port,
      unix_socket_directories: scratch,
      cluster_name: this.name,
      // Processes are killed here, and never the machine: what is in the system's memory survives.
      fsync: 'off',
      wal_keep_size: '2GB',
      hot_standby: 'on',
      wal_retrieve_retry_interval: '500ms',
      max_connections: 200,
      jit: 'off',
      log_min_messages: 'warning',
    };
    const { uid = '', gid = '' } = this.#identity ?? {};
    const supervisor = spawn(
      process.execPath,
      [
        SUPERVISOR,
        scratch,
        String(uid),
        String(gid),
        path.join(this.#binDir, 'postgres'),
        '-D',
        this.dataDir,
        ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
      ],
      { detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
    );
    supervisor.stdin.on('error', () => undefined);
    for (const stream of [supervisor.stdout, supervisor.stderr])
      stream.on('data', (data) => {
        this.#log.push(String(data));
        if (this.#log.length > MAX_LOG_PIECES) this.#log.shift();
      });
    this.#supervisor = supervisor;
    await this.#untilConnected();
  }

  /** A fast shutdown, as by `systemctl stop`: connections are ended. */
  async stop(): Promise<void> {
    const supervisor = this.#supervisor;
    if (supervisor === undefined) return;
    const exited = exitOf(supervisor);
    supervisor.stdin?.end();
    await exited;
    this.#supervisor = undefined;
  }

  /** All of its processes at once, as when its machine is gone. */
  async kill(): Promise<void> {
    const supervisor = this.#supervisor;
    if (supervisor === undefined) return;
    const exited = exitOf(supervisor);
    const pids = this.killNow();
    await exited;
    while (!pids.every(hasEnded)) await pause();
    this.#supervisor = undefined;
  }

  /** The same without waiting. @returns its processes */
  killNow(): readonly number[] {
    const pid = this.#supervisor?.pid;
    const pids = pid === undefined ? [] : listProcessTree(pid).slice(1);
    for (const each of pids) signalProcess(each, 'SIGKILL');
    return pids;
  }

  /** Asks it, past every proxy. */
  async query<Row extends object>(text: string, database = 'postgres'): Promise<readonly Row[]> {
    return this.withClient(database, async (client) => (await client.query<Row>(text)).rows);
  }

  async withClient<Result>(database: string, act: (client: pg.Client) => Promise<Result>): Promise<Result> {
    const client = new pg.Client({ connectionString: this.urlOf(database), application_name: 'operator' });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await act(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  log(): string {
    return this.#log.join('');
  }

  async #untilConnected(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      if (this.#supervisor?.exitCode !== null) throw new Error(`PostgreSQL ${this.name} ended:\n${this.log()}`);
      if (
        await this.query('select 1').then(
          () => true,
          () => false,
        )
      )
        return;
      if (Date.now() > deadline) throw new Error(`PostgreSQL ${this.name} was not ready in time:\n${this.log()}`);
      await pause();
    }
  }

  #give(folder: string): void {
    if (this.#identity !== undefined) chownSync(folder, this.#identity.uid, this.#identity.gid);
  }
}

function exitOf(child: ChildProcess): Promise<unknown> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', resolve));
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
