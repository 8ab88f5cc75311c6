import type { Clock } from '../../kernel/clock.ts';

/** A part that an instance is made of, and how it is. */
export interface CheckedComponent {
  readonly name: string;
  readonly isHealthy: boolean;
}

export type Check = () => Promise<void>;

const TIMEOUT_MS = 5_000;
/** Anybody may ask, as often as they like. */
const MAX_AGE_MS = 2_000;

/** Tells whether the parts of an instance answer: asked together, at most once in two seconds. */
export class ComponentChecks {
  readonly #checks: Readonly<Record<string, Check>>;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  #last: { readonly components: Promise<readonly CheckedComponent[]>; readonly askedAt: number } | undefined;

  /** @param checks by the name of the part; each throws what is wrong, which is the operator's alone */
  constructor(checks: Readonly<Record<string, Check>>, clock: Clock, onError: (error: unknown) => void) {
    this.#checks = checks;
    this.#clock = clock;
    this.#onError = onError;
  }

  get(): Promise<readonly CheckedComponent[]> {
    const askedAt = this.#clock.now();
    const last = this.#last;
    if (last !== undefined && askedAt >= last.askedAt && askedAt - last.askedAt < MAX_AGE_MS) return last.components;
    const components = Promise.all(Object.entries(this.#checks).map(([name, check]) => this.#ask(name, check)));
    this.#last = { components, askedAt };
    return components;
  }

  async #ask(name: string, check: Check): Promise<CheckedComponent> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`${name}: no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    try {
      await Promise.race([check(), late]);
      return { name, isHealthy: true };
    } catch (error) {
      this.#onError(error);
      return { name, isHealthy: false };
    } finally {
      clearTimeout(timer);
    }
  }
}
