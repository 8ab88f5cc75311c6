/** What an end of the run has to undo, whatever ends it; the last made is undone first. Nothing here waits. */
export class CleanUp {
  readonly #undo = new Set<() => void>();

  /** @returns the same action, to be done earlier: it is done once */
  defer(undo: () => void): () => void {
    const once = () => {
      if (this.#undo.delete(once)) undo();
    };
    this.#undo.add(once);
    return once;
  }

  /** Undoes everything that is left. */
  run(): void {
    for (const undo of [...this.#undo].reverse()) {
      try {
        undo();
      } catch (error) {
        console.error(`cleaning up: ${String(error)}`);
      }
    }
  }

  /** Undoes also at a signal and at an unforeseen end. */
  coverAllEnds(): void {
    process.once('exit', () => this.run());
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      process.once(signal, () => {
        this.run();
        process.exit(code);
      });
    }
  }
}
