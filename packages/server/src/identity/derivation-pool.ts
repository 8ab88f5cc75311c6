import { ProductError } from '../kernel/errors.ts';
import { type DerivedKey, type DeriveKeyJob, type Deriver, type Manner, startDeriver } from './deriver.ts';
import { PasswordQueue, type QueuePlace, type Whose } from './password-queue.ts';

export interface DerivationPoolOptions {
  /** How many compute at the same time, each with about 19 MiB; twice as many in a flood. */
  readonly size: number;
  /** How many computations of each standing may wait. */
  readonly maxQueued: number;
  /** Who has no work for so long ends, and gives its memory back. */
  readonly idleMs: number;
  /** Work that has not paused for so long is a flood. */
  readonly floodMs: number;
}

interface PendingJob {
  readonly job: DeriveKeyJob;
  readonly resolve: (key: Buffer) => void;
  readonly reject: (error: unknown) => void;
}

interface Member {
  readonly deriver: Deriver;
  readonly manner: Manner;
  pending: PendingJob | undefined;
  /** Has had its job for longer than it should take. */
  isLate: boolean;
  watch: NodeJS.Timeout | undefined;
}

/** Of work that no stranger can ask for: a new password. */
const OWN_PLACE: QueuePlace = { standing: 'proven', account: '' };
/** What one computation takes on a slow machine, to tell callers when to come back. */
const ASSUMED_JOB_MS = 100;
/** Who gives way and is not done after so long does not get the core. */
const LATE_MS = 100;

/**
 * A bounded pool that derives keys: threads with a low priority, as a rule. In a flood of guesses a thread that always computes
 * keeps whoever pulls waiting for some milliseconds, again and again, whatever its priority. So then strangers are
 * computed for by processes that give way to everybody, and the threads are there for those who are known. On a machine without
 * an idle moment a process would get nothing; while one is late, the threads do its work as well.
 */
export class DerivationPool {
  readonly #options: DerivationPoolOptions;
  readonly #members = new Set<Member>();
  readonly #queue: PasswordQueue<PendingJob>;
  #rest: NodeJS.Timeout | undefined;
  #nextId = 1;
  #closed = false;
  /** Since when there has always been work, in `performance.now()`. */
  #busySince: number | undefined;

  constructor(options: DerivationPoolOptions) {
    this.#options = options;
    this.#queue = new PasswordQueue(options.maxQueued);
  }

  /** @throws ProductError TOO_MANY_REQUESTS when too many wait already */
  derive(input: Omit<DeriveKeyJob, 'id'>, place = OWN_PLACE): Promise<Buffer> {
    if (this.#closed) return Promise.reject(new Error('the password hasher is closed'));
    return new Promise<Buffer>((resolve, reject) => {
      const pending: PendingJob = { job: { ...input, id: this.#nextId++ }, resolve, reject };
      this.#queue.add(pending, place)?.reject(this.#tooMany());
      this.#dispatch();
    });
  }

  /** Ends what computes; what waits fails. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#rest);
    const members = [...this.#members];
    this.#members.clear();
    const pending = [...this.#queue.drain(), ...members.flatMap((member) => member.pending ?? [])];
    for (const { reject } of pending) reject(new Error('the password hasher is closed'));
    for (const { watch } of members) clearTimeout(watch);
    await Promise.all(members.map(({ deriver }) => deriver.end()));
  }

  #tooMany(): ProductError {
    const retryAfterSeconds = Math.ceil((this.#queue.size * ASSUMED_JOB_MS) / this.#options.size / 1000);
    return new ProductError('TOO_MANY_REQUESTS', 'too many sign-ins at once: try again in a moment', {
      retryAfterSeconds,
    });
  }

  #dispatch(): void {
    const isFlood = this.#isFlood();
    this.#giveTo('ordinary', isFlood && !this.#isAnyLate() ? 'proven' : 'anybody');
    if (isFlood) this.#giveTo('gives-way', 'strangers');
  }

  #giveTo(manner: Manner, whose: Whose): void {
    while (this.#queue.count(whose) > 0) {
      const member = this.#findFree(manner);
      const pending = member && this.#queue.shift(whose);
      if (member === undefined || pending === undefined) return;
      this.#give(member, pending);
    }
  }

  /** Once it is one, it ends when the last of those who give way has been without work for a while. */
  #isFlood(): boolean {
    if (this.#busySince === undefined && this.#queue.size > 0) this.#busySince = performance.now();
    const isLong = this.#busySince !== undefined && performance.now() - this.#busySince >= this.#options.floodMs;
    return isLong || [...this.#members].some(({ manner }) => manner === 'gives-way');
  }

  #isAnyLate(): boolean {
    return [...this.#members].some(({ isLate }) => isLate);
  }

  #findFree(manner: Manner): Member | undefined {
    const alike = [...this.#members].filter((member) => member.manner === manner);
    const free = alike.find(({ pending }) => pending === undefined);
    return free ?? (alike.length < this.#options.size ? this.#start(manner) : undefined);
  }

  #start(manner: Manner): Member {
    const deriver = startDeriver(manner, {
      onAnswer: (answer) => this.#finish(member, answer),
      onEnd: (error) => this.#fail(member, error),
    });
    const member: Member = { deriver, manner, pending: undefined, isLate: false, watch: undefined };
    this.#members.add(member);
    return member;
  }

  #give(member: Member, pending: PendingJob): void {
    member.pending = pending;
    if (member.manner === 'gives-way') member.watch = setTimeout(() => this.#assist(member), LATE_MS).unref();
    member.deriver.hold(true);
    member.deriver.post(pending.job);
  }

  #assist(late: Member): void {
    late.isLate = true;
    const helper = this.#findFree('ordinary');
    if (helper !== undefined && late.pending !== undefined) this.#give(helper, late.pending);
  }

  #finish(member: Member, answer: DerivedKey): void {
    const pending = this.#release(member);
    // Who has no work must not keep the process alive.
    member.deriver.hold(false);
    pending?.resolve(Buffer.from(answer.key));
    if (this.#queue.size === 0) this.#busySince = undefined;
    this.#dispatch();
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#endIdle(), this.#options.idleMs).unref();
  }

  #release(member: Member): PendingJob | undefined {
    const { pending } = member;
    clearTimeout(member.watch);
    member.pending = undefined;
    member.isLate = false;
    return pending;
  }

  #endIdle(): void {
    for (const member of this.#members) {
      if (member.pending !== undefined) continue;
      this.#members.delete(member);
      void member.deriver.end();
    }
  }

  #fail(member: Member, error: unknown): void {
    if (!this.#members.delete(member)) return;
    this.#release(member)?.reject(error);
    if (!this.#closed) this.#dispatch();
  }
}
