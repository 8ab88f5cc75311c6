import { setTimeout as delay } from 'node:timers/promises';
import { HttpClient } from '../support/load/http-client.ts';
import {
  AUTHORIZATION,
  type ServerOptions,
  type ServerProcess,
  StartingServer,
} from '../support/process/server-process.ts';
import type { NodeNetwork } from './network.ts';
import type { RequestLog } from './request-log.ts';

export interface ScaleNodeInit {
  readonly name: string;
  readonly port: number;
  readonly network: NodeNetwork;
  readonly server: Omit<ServerOptions, 'address' | 'wrapper'>;
  readonly log: RequestLog;
}

const RESTART_PAUSE_MS = 500;

/** A node, and whoever starts it again when it has ended. */
export class ScaleNode {
  readonly name: string;
  readonly port: number;
  readonly network: NodeNetwork;
  /** Past the balancer. */
  readonly client: HttpClient;
  readonly #init: ScaleNodeInit;
  readonly #logs: string[] = [];
  #starting: StartingServer | undefined;
  #running: ServerProcess | undefined;
  #isWanted = false;
  #keeping: Promise<void> = Promise.resolve();
  #startCount = 0;

  constructor(init: ScaleNodeInit) {
    this.#init = init;
    this.name = init.name;
    this.port = init.port;
    this.network = init.network;
    this.client = new HttpClient(init.port, AUTHORIZATION, init.network.host);
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** How often it was started, by whatever it had ended. */
  get startCount(): number {
    return this.#startCount;
  }

  start(): void {
    this.#isWanted = true;
    this.#keeping = this.#keep();
    this.#keeping.catch(() => undefined);
  }

  async untilReady(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (this.#running === undefined) {
      if (performance.now() > deadline) throw new Error(`${this.name} was not ready in time:\n${this.lastWords()}`);
      await delay(50);
    }
  }

  /** SIGKILL. It is started again at once; until it is ready its requests may fail. */
  async kill(): Promise<void> {
    const window = this.#init.log.openWindow(`kill of ${this.name}`, this.name);
    this.#running = undefined;
    await this.#starting?.kill();
    const settle = async (): Promise<void> => {
      while (this.#running === undefined && this.#isWanted) await delay(50);
      window.endedAtMs = performance.now();
      window.recoveredAtMs = window.endedAtMs;
    };
    void settle();
  }

  /** SIGTERM, and the time to finish what is under way. */
  async stop(): Promise<void> {
    this.#isWanted = false;
    await this.#running?.stop();
    this.#running = undefined;
    await this.#keeping;
  }

  lastWords(): string {
    return [...this.#logs, this.#starting?.log() ?? ''].join('').slice(-400_000);
  }

  async #keep(): Promise<void> {
    while (this.#isWanted) {
      const { network, port, server } = this.#init;
      const address = { host: network.host, port };
      this.#startCount += 1;
      const starting = await StartingServer.spawn({ ...server, address, wrapper: network.wrapper });
      this.#starting = starting;
      try {
        this.#running = await starting.untilReady();
        while (this.#isWanted && !starting.hasEnded()) await delay(20);
      } catch {
        // It has ended at its start, or was not ready in time: what it needs is away, or it was killed.
        await starting.kill();
      }
      if (!this.#isWanted) return;
      this.#running = undefined;
      this.#logs.push(starting.log());
      await delay(RESTART_PAUSE_MS);
    }
  }
}
