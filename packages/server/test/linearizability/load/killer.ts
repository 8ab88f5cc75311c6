import type { Registry } from './registry.ts';

/** Kills the registry several times, spread evenly over the operations of a run: in turn one process, if there are several, and all. */
export class Killer {
  readonly #registry: Registry;
  readonly #operationsPerKill: number;
  readonly #killCount: number;
  #operationCount = 0;
  #killsDone = 0;
  #restart: Promise<void> = Promise.resolve();

  constructor(registry: Registry, killCount: number, operationCount: number) {
    this.#registry = registry;
    this.#killCount = killCount;
    this.#operationsPerKill = operationCount / (killCount + 1);
  }

  get killsDone(): number {
    return this.#killsDone;
  }

  /** To be told of each operation. */
  count(): void {
    this.#operationCount += 1;
    if (this.#killsDone >= this.#killCount) return;
    if (this.#operationCount < (this.#killsDone + 1) * this.#operationsPerKill) return;
    const isForOne = this.#killsDone % 2 === 0;
    this.#killsDone += 1;
    this.#restart = this.#restart.then(() => this.#kill(isForOne));
    // The clients fail with it, and the run says why.
    this.#restart.catch(() => undefined);
  }

  async #kill(isForOne: boolean): Promise<void> {
    if (isForOne && (await this.#registry.killOneProcess())) return;
    await this.#registry.killAndRestart();
  }

  /** @throws Error when the registry did not come back */
  async finish(): Promise<void> {
    await this.#restart;
  }
}
