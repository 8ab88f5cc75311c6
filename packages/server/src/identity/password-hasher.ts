import { timingSafeEqual } from 'node:crypto';
import type { Ids } from '../kernel/ids.ts';
import { DerivationPool } from './derivation-pool.ts';
import { type Argon2Cost, formatPasswordHash, parsePasswordHash } from './password-hash-format.ts';
import type { QueuePlace } from './password-queue.ts';

/** OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane. */
const COST: Argon2Cost = { memoryKib: 19_456, passes: 2, lanes: 1 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;

const DEFAULT_WORKERS = 1;
const DEFAULT_MAX_QUEUED = 64;
const DEFAULT_IDLE_MS = 5_000;
const DEFAULT_FLOOD_MS = 1_000;
/** Hashes what people choose as passwords, slowly and off the main thread. */
export interface PasswordHasher {
  /** @returns a PHC string
   * @throws ProductError TOO_MANY_REQUESTS when too many wait already. */
  hash(password: string): Promise<string>;
  /** Takes as long for a wrong password as for the right one.
   * @param place where it waits; default: before the tries of strangers
   * @throws ProductError TOO_MANY_REQUESTS when too many wait already. */
  verify(password: string, phc: string, place?: QueuePlace): Promise<boolean>;
  /** A hash that no password has, as costly to verify as any: it stands in for accounts that do not exist. */
  unmatchableHash(): string;
  /** Ends the threads; what waits fails. */
  close(): Promise<void>;
}

export interface PasswordHasherOptions {
  readonly ids: Pick<Ids, 'hex'>;
  /** How many compute at the same time, each with about 19 MiB; twice as many in a flood. Default 1. */
  readonly workers?: number | undefined;
  /** How many computations of each standing may wait. Default 64. */
  readonly maxQueued?: number | undefined;
  /** A thread without work for so long ends, and gives its 10 MB back. Default 5 s. */
  readonly idleMs?: number | undefined;
  /** Work that has not paused for so long is a flood: strangers then get what nobody else wants of the cores. Default 1 s. */
  readonly floodMs?: number | undefined;
}

/**
 * A bounded pool of its own: libuv's threads read files for downloads, and a flood of logins must not take those. Threads
 * start with a password, and end when none has come for a while.
 */
export function createPasswordHasher(options: PasswordHasherOptions): PasswordHasher {
  const pool = new DerivationPool({
    size: options.workers ?? DEFAULT_WORKERS,
    maxQueued: options.maxQueued ?? DEFAULT_MAX_QUEUED,
    idleMs: options.idleMs ?? DEFAULT_IDLE_MS,
    floodMs: options.floodMs ?? DEFAULT_FLOOD_MS,
  });
  const randomBytes = (count: number) => Buffer.from(options.ids.hex(count), 'hex');
  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      const key = await pool.derive({ password, salt, cost: COST, keyBytes: KEY_BYTES });
      return formatPasswordHash({ cost: COST, salt, key });
    },
    async verify(password, phc, place) {
      const { cost, salt, key } = parsePasswordHash(phc);
      return timingSafeEqual(await pool.derive({ password, salt, cost, keyBytes: key.length }, place), key);
    },
    unmatchableHash: () =>
      formatPasswordHash({ cost: COST, salt: randomBytes(SALT_BYTES), key: randomBytes(KEY_BYTES) }),
    close: () => pool.close(),
  };
}
