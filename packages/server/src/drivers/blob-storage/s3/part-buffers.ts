/**
 * Memory for parts on their way to the store, shared by all uploads of a process: whoever would exceed it waits, and the
 * client's connection with it. One part always goes, however large it is.
 */
export class PartBuffers {
  readonly #maxBytes: number;
  readonly #waiting: { readonly sizeBytes: number; readonly go: () => void }[] = [];
  #usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Resolves when there is room, in the order of the calls. @returns gives the room back */
  async take(sizeBytes: number): Promise<() => void> {
    if (this.#waiting.length > 0 || !this.#hasRoom(sizeBytes)) {
      await new Promise<void>((go) => this.#waiting.push({ sizeBytes, go }));
    } else {
      this.#usedBytes += sizeBytes;
    }
    return () => this.#giveBack(sizeBytes);
  }

  #giveBack(sizeBytes: number): void {
    this.#usedBytes -= sizeBytes;
    for (let next = this.#waiting[0]; next !== undefined && this.#hasRoom(next.sizeBytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#usedBytes += next.sizeBytes;
      next.go();
    }
  }

  #hasRoom(sizeBytes: number): boolean {
    return this.#usedBytes === 0 || this.#usedBytes + sizeBytes <= this.#maxBytes;
  }
}
