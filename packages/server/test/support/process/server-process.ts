import { type ChildProcess, spawn } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { findFreePort } from '../find-free-port.ts';
import { HttpClient } from '../load/http-client.ts';
import type { CleanUp } from './clean-up.ts';
import { hasEnded, isGroupAlive, listProcessTree, signalProcess } from './process-tree.ts';

/** What a run keeps for all of its servers. */
export interface ServerBench {
  readonly cleanUp: CleanUp;
  /** Where Node keeps what it has compiled of the server: a restart then costs half the time of the processor. */
  readonly compileCache: string;
}

export interface ServerOptions {
  readonly bench: ServerBench;
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Modules that the server's processes load before the program. */
  readonly preload?: readonly string[];
  /** A command that runs the server, such as a tracer. */
  readonly wrapper?: readonly string[];
  /** The server's own file; without it the one of this repository. */
  readonly program?: string;
  /** Where it listens; without it on 127.0.0.1 and a free port. */
  readonly address?: ServerAddress;
}

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** A server that may be ended at any moment, with everything that it has started. */
export interface ServerProcess {
  readonly host: string;
  readonly port: number;
  /** From its start until it was ready. */
  readonly startMs: number;
  /** As the administrator. */
  readonly client: HttpClient;
  /** Its last words. */
  log(): string;
  pids(): readonly number[];
  /** Has ended, whoever ended it. */
  hasEnded(): boolean;
  /** SIGKILL for the whole tree; resolves when none of it is left. */
  kill(): Promise<void>;
  /** SIGTERM, and the time to end by itself. */
  stop(): Promise<void>;
}

const PROGRAM = path.resolve(import.meta.dirname, '../../../src/main.ts');
const PASSWORD = 'Correct-horse-9-battery';
/** Of the administrator. */
export const AUTHORIZATION: string = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const END_TIMEOUT_MS = 5_000;
const READY_TIMEOUT_MS = 10_000;
const POLL_MS = 5;
const MAX_LOG_PIECES = 2_000;

/** A server whose processes run, and which may not be ready yet. */
export class StartingServer {
  readonly host: string;
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #log: string[] = [];
  readonly #startedAt = performance.now();
  readonly #exited: Promise<void>;
  readonly #forget: () => void;

  static async spawn(options: ServerOptions): Promise<StartingServer> {
    return new StartingServer(options, options.address ?? { host: '127.0.0.1', port: await findFreePort() });
  }

  private constructor(options: ServerOptions, { host, port }: ServerAddress) {
    const { bench, dataDir, env = {}, preload = [], wrapper = [], program = PROGRAM } = options;
    this.host = host;
    this.port = port;
    const command = [...wrapper, process.execPath, ...preload.flatMap((each) => ['--import', each]), program, 'serve'];
    this.#child = spawn(command[0] as string, command.slice(1), {
      // Its own process group: an interrupt on the terminal is for the test alone, which then ends the server.
      detached: true,
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: bench.compileCache,
        ROADSTEAD_LISTEN: `${host}:${port}`,
        ROADSTEAD_METRICS_LISTEN: '',
        ROADSTEAD_DATA: dataDir,
        ROADSTEAD_DATABASE_URL: '',
        ROADSTEAD_ADMIN_PASSWORD: PASSWORD,
        ROADSTEAD_LOG_LEVEL: 'warn',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', (error) => {
        this.#keep(`${error.message}\n`);
        resolve();
      });
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (text) => this.#keep(String(text)));
    this.#forget = bench.cleanUp.defer(() => awaitEnds(this.#killTree()));
  }

  /** @throws Error when the system could not start it: no number stands for that, since -1 is every process */
  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error(`the server never ran:\n${this.log()}`);
    return pid;
  }

  /** @throws Error with the log when it ends, or is not ready in time */
  async untilReady(): Promise<ServerProcess> {
    while (!(await isReady(this))) {
      if (this.hasEnded()) throw new Error(`the server has ended at its start:\n${this.log()}`);
      if (performance.now() - this.#startedAt > START_TIMEOUT_MS) {
        throw new Error(`the server was not ready after ${START_TIMEOUT_MS} ms:\n${this.log()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    const startMs = performance.now() - this.#startedAt;
    const client = new HttpClient(this.port, AUTHORIZATION, this.host);
    return {
      host: this.host,
      port: this.port,
      startMs,
      client,
      log: () => this.log(),
      pids: () => listProcessTree(this.pid),
      hasEnded: () => this.hasEnded(),
      kill: async () => {
        await this.kill();
        client.close();
      },
      stop: async () => {
        client.close();
        await this.#stop();
      },
    };
  }

  log(): string {
    return this.#log.join('');
  }

  hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined;
  }

  async kill(): Promise<void> {
    const pids = this.#killTree();
    await this.#exited;
    if (this.#child.pid === undefined) return this.#forget();
    while (!pids.every(hasEnded) || isGroupAlive(this.pid)) await new Promise((resolve) => setTimeout(resolve, 1));
    this.#forget();
  }

  async #stop(): Promise<void> {
    // A wrapper either stays and is the parent of the server, or has become the server itself.
    const tree = listProcessTree(this.pid);
    const isParent = this.#child.spawnargs[0] !== process.execPath && tree.length > 1;
    for (const pid of isParent ? tree.slice(1) : [this.pid]) signalProcess(pid, 'SIGTERM');
    const timer = setTimeout(() => this.#killTree(), STOP_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(timer);
    this.#forget();
  }

  /** Also what is left of the group when its first process has ended before the others. */
  #killTree(): readonly number[] {
    if (this.#child.pid === undefined) return [];
    const pids = this.hasEnded() ? [] : listProcessTree(this.pid);
    for (const pid of [...pids, -this.pid]) signalProcess(pid, 'SIGKILL');
    return pids;
  }

  #keep(text: string): void {
    this.#log.push(text);
    if (this.#log.length > MAX_LOG_PIECES) this.#log.shift();
  }
}

/** Starts a server and waits until it is ready. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const starting = await StartingServer.spawn(options);
  try {
    return await starting.untilReady();
  } catch (error) {
    await starting.kill();
    throw error;
  }
}

export async function createProject(client: HttpClient, name: string): Promise<void> {
  const answer = await client.ask('POST', '/api/v2.0/projects', {
    headers: { 'Content-Type': 'application/json' },
    body: Buffer.from(JSON.stringify({ project_name: name, metadata: { public: 'false' } })),
  });
  if (answer.status !== 201) throw new Error(`creating the project ${name}: ${answer.status} ${String(answer.body)}`);
}

/** Without the event loop, which is not waited for any more when everything is undone. */
function awaitEnds(pids: readonly number[]): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let waitedMs = 0; waitedMs < END_TIMEOUT_MS && !pids.every(hasEnded); waitedMs += 1)
    Atomics.wait(clock, 0, 0, 1);
}

function isReady({ host, port }: ServerAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({ host, port, path: '/readyz', agent: false, timeout: READY_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
