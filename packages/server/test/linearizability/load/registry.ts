import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type RunningRoadstead, startRoadstead } from '../../support/start-roadstead.ts';

/** A server that can be killed and comes back with the same data. */
export class Registry {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #dataDir: string;
  readonly #logs: string[] = [];
  #server: Promise<RunningRoadstead>;

  private constructor(environment: Readonly<Record<string, string>>, dataDir: string) {
    this.#environment = environment;
    this.#dataDir = dataDir;
    this.#server = this.#start();
  }

  /** @param environment what the server is configured by */
  static async start(environment: Readonly<Record<string, string>>): Promise<Registry> {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'roadstead-linearizability-'));
    const registry = new Registry(environment, dataDir);
    try {
      await registry.#server;
      return registry;
    } catch (error) {
      await rm(dataDir, { recursive: true, force: true });
      throw error;
    }
  }

  async running(): Promise<RunningRoadstead> {
    return this.#server;
  }

  /** The port, as soon as there is a server. */
  async port(): Promise<number> {
    return Number((await this.#server).host.split(':')[1]);
  }

  /** How many processes the server consists of. */
  async countProcesses(): Promise<number> {
    return (await listProcesses((await this.#server).pid)).length;
  }

  /** Ends every process of the server at once, without a warning, and starts it again. */
  async killAndRestart(): Promise<void> {
    const killed = await this.#server;
    const { promise, resolve, reject } = Promise.withResolvers<RunningRoadstead>();
    // Nobody may be waiting for it when it fails.
    promise.catch(() => undefined);
    this.#server = promise;
    try {
      for (const pid of await listProcesses(killed.pid)) kill(pid);
      await killed.stop();
      this.#logs.push(killed.log());
      resolve(await this.#start());
    } catch (error) {
      reject(error);
      throw error;
    }
  }

  /** Ends one of several processes, without a warning; the others go on, and the server replaces it. @returns whether it could */
  async killOneProcess(): Promise<boolean> {
    const [, serving] = await listProcesses((await this.#server).pid);
    if (serving !== undefined) kill(serving);
    return serving !== undefined;
  }

  async log(): Promise<string> {
    return [...this.#logs, (await this.#server).log()].join('\n');
  }

  async stop(): Promise<void> {
    try {
      await (await this.#server).stop();
    } finally {
      await rm(this.#dataDir, { recursive: true, force: true });
    }
  }

  #start(): Promise<RunningRoadstead> {
    return startRoadstead({ env: this.#environment, dataDir: this.#dataDir });
  }
}

/** The process and all that descend from it, the parent first. Where /proc does not tell, the process alone. */
async function listProcesses(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const children = text
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);
  return [pid, ...(await Promise.all(children.map(listProcesses))).flat()];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has gone with its parent.
  }
}
