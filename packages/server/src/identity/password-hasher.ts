import { timingSafeEqual } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { ProductError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import { threadModule } from '../kernel/thread-module.ts';
import { type Argon2Cost, formatPasswordHash, parsePasswordHash } from './password-hash-format.ts';
import { PasswordQueue, type QueuePlace } from './password-queue.ts';

/** OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane. */
const COST: Argon2Cost = { memoryKib: 19_456, passes: 2, lanes: 1 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;

const DEFAULT_WORKERS = 1;
const DEFAULT_MAX_QUEUED = 64;
const DEFAULT_IDLE_MS = 5_000;
/** Of work that no stranger can ask for: a new password. */
const OWN_PLACE: QueuePlace = { standing: 'proven', account: '' };
/** What one computation takes on a slow machine, to tell callers when to come back. */
const ASSUMED_JOB_MS = 100;

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
  /** Threads, each with about 19 MiB while it computes. Default 1. */
  readonly workers?: number | undefined;
  /** How many computations of each standing may wait. Default 64. */
  readonly maxQueued?: number | undefined;
  /** A thread without work for so long ends, and gives its 10 MB back. Default 5 s. */
  readonly idleMs?: number | undefined;
}

/** What a thread of the pool is asked for. */
export interface DeriveKeyJob {
  readonly id: number;
  readonly password: string;
  readonly salt: Uint8Array;
  readonly cost: Argon2Cost;
  readonly keyBytes: number;
}

/** What it answers. */
export interface DerivedKey {
  readonly id: number;
  readonly key: Uint8Array;
}

interface PendingJob {
  readonly job: DeriveKeyJob;
  readonly resolve: (key: Buffer) => void;
  readonly reject: (error: unknown) => void;
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

class DerivationPool {
  readonly #size: number;
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, PendingJob>();
  readonly #queue: PasswordQueue<PendingJob>;
  readonly #idleMs: number;
  #rest: NodeJS.Timeout | undefined;
  #nextId = 1;
  #closed = false;

  constructor({
    size,
    maxQueued,
    idleMs,
  }: { readonly size: number; readonly maxQueued: number; readonly idleMs: number }) {
    this.#size = size;
    this.#queue = new PasswordQueue(maxQueued);
    this.#idleMs = idleMs;
  }

  derive(input: Omit<DeriveKeyJob, 'id'>, place = OWN_PLACE): Promise<Buffer> {
    if (this.#closed) return Promise.reject(new Error('the password hasher is closed'));
    return new Promise<Buffer>((resolve, reject) => {
      const pending: PendingJob = { job: { ...input, id: this.#nextId++ }, resolve, reject };
      this.#queue.add(pending, place)?.reject(this.#tooMany());
      this.#dispatch();
    });
  }

  #tooMany(): ProductError {
    const retryAfterSeconds = Math.ceil((this.#queue.size * ASSUMED_JOB_MS) / this.#size / 1000);
    return new ProductError('TOO_MANY_REQUESTS', 'too many sign-ins at once: try again in a moment', {
      retryAfterSeconds,
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#rest);
    const workers = [...this.#idle.splice(0), ...this.#busy.keys()];
    const pending = [...this.#queue.drain(), ...this.#busy.values()];
    this.#busy.clear();
    for (const { reject } of pending) reject(new Error('the password hasher is closed'));
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #dispatch(): void {
    while (this.#queue.size > 0) {
      const worker = this.#idle.pop() ?? this.#start();
      const pending = worker === undefined ? undefined : this.#queue.shift();
      if (worker === undefined || pending === undefined) return;
      this.#busy.set(worker, pending);
      worker.ref();
      worker.postMessage(pending.job);
    }
  }

  #start(): Worker | undefined {
    if (this.#idle.length + this.#busy.size >= this.#size) return undefined;
    const worker = new Worker(threadModule(import.meta.url, 'password-worker'), { execArgv: [] });
    worker.on('message', (answer: DerivedKey) => this.#finish(worker, answer));
    worker.on('error', (error) => this.#fail(worker, error));
    worker.on('exit', () => this.#fail(worker, new Error('a password thread ended')));
    return worker;
  }

  #finish(worker: Worker, answer: DerivedKey): void {
    const pending = this.#busy.get(worker);
    if (pending === undefined || pending.job.id !== answer.id) return;
    this.#busy.delete(worker);
    // An idle thread must not keep the process alive.
    worker.unref();
    this.#idle.push(worker);
    pending.resolve(Buffer.from(answer.key));
    this.#dispatch();
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#endIdle(), this.#idleMs).unref();
  }

  #endIdle(): void {
    for (const worker of this.#idle.splice(0)) void worker.terminate();
  }

  #fail(worker: Worker, error: unknown): void {
    const pending = this.#busy.get(worker);
    this.#busy.delete(worker);
    const position = this.#idle.indexOf(worker);
    if (position >= 0) this.#idle.splice(position, 1);
    pending?.reject(error);
    if (!this.#closed) this.#dispatch();
  }
}
