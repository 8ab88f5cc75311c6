import type { Clock } from '../kernel/clock.ts';

interface Known<Health> {
  readonly at: number;
  readonly health: Health;
}

const MAX_AGE_MS = 60_000;
/** How long a reader waits for a check that is under way. */
const PATIENCE_MS = 2_000;
const MAX_KNOWN = 1_000;

/**
 * How services elsewhere are, as they were when they were last asked: a reader asks anew what is older than a minute, and does not
 * wait long for it. Nothing is asked while nobody looks.
 */
export class RemoteHealth<Health> {
  readonly #clock: Clock;
  readonly #known = new Map<string, Known<Health>>();
  readonly #underWay = new Map<string, Promise<Health>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(key: string, health: Health): void {
    this.#known.delete(key);
    this.#known.set(key, { at: this.#clock.now(), health });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }

  /**
   * @param key another one after each change of what is asked
   * @param check throws nothing
   * @param unknown what is said when the first check takes long
   */
  async get(key: string, check: () => Promise<Health>, unknown: Health): Promise<Health> {
    const known = this.#known.get(key);
    if (known !== undefined && this.#clock.now() - known.at < MAX_AGE_MS) return known.health;
    let asked = this.#underWay.get(key);
    if (asked === undefined) {
      asked = check().finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, asked);
      asked.then(
        (health) => this.note(key, health),
        () => undefined,
      );
    }
    return within(asked, known?.health ?? unknown);
  }
}

async function within<Value>(work: Promise<Value>, otherwise: Value): Promise<Value> {
  const { promise: late, resolve } = Promise.withResolvers<Value>();
  const timer = setTimeout(() => resolve(otherwise), PATIENCE_MS);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
