import { setTimeout as delay } from 'node:timers/promises';
import type { ScaleBench } from './scale-bench.ts';

const EVERY_MS = 20_000;
const POLL_MS = 200;
const READY_LIMIT_MS = 150_000;

/** Kills one node after another, as long as the others are well. */
export class Killer {
  readonly #bench: ScaleBench;
  #killCount = 0;
  #isOver = false;
  #isPaused = false;
  #running: Promise<void> = Promise.resolve();

  constructor(bench: ScaleBench) {
    this.#bench = bench;
  }

  get killCount(): number {
    return this.#killCount;
  }

  start(): void {
    this.#running = this.#run();
    this.#running.catch(() => undefined);
  }

  /** While something is tried that a node less would hide. */
  async without(act: () => Promise<void>): Promise<void> {
    this.#isPaused = true;
    try {
      await this.untilAllAreReady();
      await act();
    } finally {
      this.#isPaused = false;
    }
  }

  /** @throws Error with the names of those that are not, after minutes */
  async untilAllAreReady(): Promise<void> {
    const deadline = performance.now() + READY_LIMIT_MS;
    while (!this.#areAllReady()) {
      if (performance.now() > deadline) throw new Error(`not ready again: ${this.#listUnready().join(', ')}`);
      await delay(POLL_MS);
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    let nextAtMs = performance.now() + EVERY_MS / 2;
    while (!this.#isOver) {
      await delay(POLL_MS);
      if (this.#isPaused || performance.now() < nextAtMs || !this.#areAllReady()) continue;
      nextAtMs = performance.now() + EVERY_MS;
      this.#killCount += 1;
      await this.#bench.nodes[this.#killCount % this.#bench.nodes.length]?.kill();
    }
  }

  #areAllReady(): boolean {
    return this.#listUnready().length === 0;
  }

  #listUnready(): readonly string[] {
    const { nodes, balancer } = this.#bench;
    return nodes.filter(({ name, isRunning }) => !isRunning || !balancer.isReady(name)).map(({ name }) => name);
  }
}
