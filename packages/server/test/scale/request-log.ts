/** How a request ended badly. */
export interface RequestFailure {
  /** `PUT 503`, `GET broken`. */
  readonly kind: string;
  /** The node that answered, or that the balancer asked; undefined where nobody says. */
  readonly node: string | undefined;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly detail: string;
}

/** When something was broken on purpose. */
export interface FaultWindow {
  readonly name: string;
  readonly startedAtMs: number;
  /** When nothing was broken any more; undefined while it still is. */
  endedAtMs: number | undefined;
  /** When no request failed any more. */
  recoveredAtMs: number | undefined;
  /** Only requests of this node may fail by it. */
  readonly node?: string;
}

/** What became of each request of all clients, on one clock. */
export class RequestLog {
  readonly failures: RequestFailure[] = [];
  readonly windows: FaultWindow[] = [];
  readonly #startedAtMs = performance.now();
  /** Requests of each second. */
  readonly #counts: number[] = [];
  #requestCount = 0;

  get requestCount(): number {
    return this.#requestCount;
  }

  succeed(): void {
    this.#count();
  }

  fail(failure: RequestFailure): void {
    this.#count();
    this.failures.push(failure);
  }

  openWindow(name: string, node?: string): FaultWindow {
    const window: FaultWindow = {
      name,
      startedAtMs: performance.now(),
      endedAtMs: undefined,
      recoveredAtMs: undefined,
      ...(node === undefined ? {} : { node }),
    };
    this.windows.push(window);
    return window;
  }

  /** Requests that were answered, or failed, between these instants. */
  countBetween(fromMs: number, toMs: number): number {
    const first = Math.max(0, Math.floor((fromMs - this.#startedAtMs) / 1_000));
    const last = Math.floor((toMs - this.#startedAtMs) / 1_000);
    let sum = 0;
    for (let second = first; second <= last; second += 1) sum += this.#counts[second] ?? 0;
    return sum;
  }

  /** When the last request failed that this window explains and no node's end does; undefined when none did since `sinceMs`. */
  lastFailureSince(sinceMs: number): number | undefined {
    for (const failure of this.failures.toReversed()) {
      if (failure.endedAtMs < sinceMs) return undefined;
      if (!this.#isOfNode(failure)) return failure.endedAtMs;
    }
    return undefined;
  }

  /** Those that nothing explains that was broken on purpose. */
  unexplained(): readonly RequestFailure[] {
    return this.failures.filter((failure) => !this.windows.some((window) => explains(window, failure)));
  }

  /** Those that this fault explains, and for one that strikes more than a node, no node's end does. */
  explainedBy(window: FaultWindow): readonly RequestFailure[] {
    const explained = this.failures.filter((failure) => explains(window, failure));
    return window.node === undefined ? explained.filter((failure) => !this.#isOfNode(failure)) : explained;
  }

  #isOfNode(failure: RequestFailure): boolean {
    return this.windows.some((window) => window.node !== undefined && explains(window, failure));
  }

  #count(): void {
    const second = Math.floor((performance.now() - this.#startedAtMs) / 1_000);
    this.#counts[second] = (this.#counts[second] ?? 0) + 1;
    this.#requestCount += 1;
  }
}

function explains(window: FaultWindow, failure: RequestFailure): boolean {
  const isOfNode = window.node === undefined || failure.node === undefined || failure.node === window.node;
  const endMs = window.recoveredAtMs ?? Number.POSITIVE_INFINITY;
  return isOfNode && failure.startedAtMs <= endMs && failure.endedAtMs >= window.startedAtMs;
}
