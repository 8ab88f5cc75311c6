import type { Kysely } from 'kysely';
import type { ControlPlaneSchema } from '../../db/control-plane/schema.ts';
import type { Database, Durability } from '../../drivers/database/database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { DueMarks } from './due-marks.ts';
import { LONGEST_SLEEP_MS } from './longest-sleep.ts';
import { type ClaimedInstance, type SleepFigures, WakeRows } from './wake-rows.ts';

export interface OpenMarksOptions {
  readonly database: Database<ControlPlaneSchema>;
  /** What is due is judged by it; who lives is judged by the database's. */
  readonly clock: Clock;
  /** The name of this process: no other has it, now or ever. */
  readonly holder: string;
  /** Whether this process works on the jobs of what it has open. */
  readonly works: boolean;
  readonly onError: (error: unknown) => void;
  /** How long a process that gives no sign of life counts as alive. Default: 60 s. */
  readonly leaseMs?: number;
}

/** Why an instance is not woken before. */
interface Delay {
  readonly until: number;
  readonly failures: number;
}

const LEASE_MS = 60_000;
/** So often a lease is extended in its time. */
const EXTENSIONS = 3;
/** Covers the moment between a claim and the commit that shows the instance open. */
const CLAIM_MS = 30_000;
const MAX_LOOKS = 5;
/** When nobody could tell what an instance has to do. */
const UNKNOWN_WORK_DELAY_MS = 60_000;

/**
 * What this process tells the others of the instances that it has open, so that no work is forgotten: one row for each while
 * it is open, which keeps for who looks after a crash that it may have been given work; and when it closes, when it is due
 * next. A request writes nothing here.
 */
export class OpenMarks {
  readonly #options: OpenMarksOptions;
  readonly #rows: WakeRows;
  readonly #dueMarks: DueMarks;
  readonly #leaseMs: number;
  readonly #open = new Set<string>();
  /** Open and not yet entered, or closed and still entered: the database could not be written to. */
  readonly #unmarked = new Set<string>();
  readonly #unreleased = new Set<string>();
  readonly #delays = new Map<string, Delay>();
  #extendedAt = Number.NEGATIVE_INFINITY;
  readonly #timer: NodeJS.Timeout;
  #beating: Promise<void> | undefined;

  constructor(options: OpenMarksOptions) {
    this.#options = options;
    this.#rows = new WakeRows(options.database.capabilities);
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#dueMarks = new DueMarks({
      write: (ids, at) => this.#writeDue(ids, at),
      clock: options.clock,
      onError: options.onError,
    });
    this.#timer = setInterval(() => void this.beat(), this.#leaseMs / EXTENSIONS).unref();
  }

  /** Before anybody can give it work. Never rejects: an instance serves without its mark, which is then made as soon as it can be. */
  async noteOpen(id: string): Promise<void> {
    const isClaimed = this.#open.has(id);
    this.#open.add(id);
    this.#unreleased.delete(id);
    if (isClaimed) return;
    try {
      await this.#enter([id]);
    } catch (error) {
      this.#unmarked.add(id);
      this.#options.onError(error);
    }
  }

  /**
   * After its work was stopped here, while its database is still open. Never rejects.
   * @param findNextDueAt looks for the next work of the instance, in its own database
   */
  async noteClosed(id: string, findNextDueAt: () => Promise<number | undefined>): Promise<void> {
    try {
      if (!(await this.#settle(id, findNextDueAt))) await this.#release(id, this.#options.clock.now());
    } catch (error) {
      this.#options.onError(error);
      this.#unreleased.add(id);
    }
    this.#delays.delete(id);
    this.#unmarked.delete(id);
    this.#open.delete(id);
  }

  /** Somebody has given it work, or its work is due sooner than was known. What comes close together is written once. */
  markDue(id: string, at: number = this.#options.clock.now()): void {
    this.#dueMarks.add(id, at);
  }

  /** When it is closed next it is not woken before then, whatever is due. */
  delay(id: string, until: number, failures = 0): void {
    this.#delays.set(id, { until, failures });
  }

  /** When the first of the sleeping instances was due; undefined when none is. */
  findOldestDue(): Promise<number | undefined> {
    return this.#rows.findOldestDue(this.#options.database.reader, this.#options.clock.now());
  }

  /** Takes sleeping instances that are due: from now on they count as open here. The longest due come first. */
  async claimDue(limit: number): Promise<readonly ClaimedInstance[]> {
    const { holder, clock } = this.#options;
    // A claim that a power cut takes back leaves the instance due.
    const claimed = await this.#writeAlive(
      (tx) => this.#rows.claimDue(tx, { holder, now: clock.now(), limit, claimMs: CLAIM_MS }),
      'crash',
    );
    for (const { id } of claimed) this.#open.add(id);
    return claimed;
  }

  /** Gives back what was claimed and did not open: somebody tries it again then. Never rejects. */
  async giveBack(id: string, until: number, failures: number): Promise<void> {
    this.delay(id, until, failures);
    await this.noteClosed(id, async () => until);
  }

  /** Makes due what processes had open that have died, and what no version has looked at before. */
  async adoptOrphans(): Promise<void> {
    const { database, clock } = this.#options;
    if (!(await this.#rows.hasOrphans(database.reader))) return;
    await database.write((tx) => this.#rows.adoptOrphans(tx, clock.now()));
  }

  countSleeping(): Promise<SleepFigures> {
    return this.#rows.countSleeping(this.#options.database.reader, this.#options.clock.now());
  }

  /** Tells those who listen as well: one of them may have an instance open that was given work, and looks only now and then. */
  async #writeDue(ids: readonly string[], at: number): Promise<void> {
    const { database, clock } = this.#options;
    await database.write(async (tx) => {
      await this.#rows.markDue(tx, ids, at);
      if (at <= clock.now()) await database.hints?.send(tx, ids);
    });
  }

  /** Gives a sign of life, and writes what could not be written before; runs by itself. Never rejects. */
  beat(): Promise<void> {
    this.#beating ??= this.#beat()
      .catch(this.#options.onError)
      .finally(() => {
        this.#beating = undefined;
      });
    return this.#beating;
  }

  /** After the last instance has closed. What could not be written stays for who looks after the dead. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    await this.#dueMarks.close();
    const { database, holder, clock, onError } = this.#options;
    if (this.#extendedAt === Number.NEGATIVE_INFINITY) return;
    const left = [...this.#open, ...this.#unreleased];
    const end = async () => {
      for (const id of left) await this.#release(id, clock.now());
      await database.write((tx) => this.#rows.removeHolder(tx, holder));
    };
    await end().catch(onError);
  }

  async #beat(): Promise<void> {
    const unmarked = [...this.#unmarked];
    // A sign of life that a power cut takes back only makes others look.
    if (this.#open.size > 0) await this.#enter(unmarked, unmarked.length === 0 ? 'crash' : 'power-cut');
    for (const id of unmarked) this.#unmarked.delete(id);
    for (const id of this.#unreleased) {
      if (this.#open.has(id)) continue;
      await this.#release(id, this.#options.clock.now());
      this.#unreleased.delete(id);
    }
  }

  /** Enters instances as open here, with a sign of life where the last one is old. */
  async #enter(ids: readonly string[], durability?: Durability): Promise<void> {
    await this.#writeAlive((tx) => this.#rows.insertOpen(tx, this.#options.holder, ids), durability);
  }

  /** Runs the command in a transaction in which this process is alive. */
  async #writeAlive<Result>(
    command: (tx: Kysely<ControlPlaneSchema>) => Promise<Result>,
    durability?: Durability,
  ): Promise<Result> {
    const { database, holder: name, works } = this.#options;
    const startedAt = performance.now();
    const isFresh = startedAt - this.#extendedAt < this.#leaseMs / (2 * EXTENSIONS);
    const result = await database.write(async (tx) => {
      const isAlive = isFresh || (await this.#rows.extendHolder(tx, { name, works, leaseMs: this.#leaseMs }));
      // It stood still for so long that others took it for dead.
      if (!isAlive) await this.#rows.insertOpen(tx, name, [...this.#open]);
      return command(tx);
    }, durability);
    if (!isFresh) this.#extendedAt = startedAt;
    return result;
  }

  /** @returns false when others gave it work as fast as one could look */
  async #settle(id: string, findNextDueAt: () => Promise<number | undefined>): Promise<boolean> {
    const { database, clock } = this.#options;
    for (let look = 0; look < MAX_LOOKS; look += 1) {
      const marks = await this.#rows.findMarks(database.reader, id);
      // Destroyed, or the one that needs no row.
      if (marks === undefined) {
        await this.#leave(id);
        return true;
      }
      const found = await this.#look(findNextDueAt);
      const now = clock.now();
      const { until, failures } = this.#delays.get(id) ?? { until: 0, failures: 0 };
      const nextDueAt = Math.max(until, Math.min(found ?? Number.POSITIVE_INFINITY, now + LONGEST_SLEEP_MS));
      if (await this.#close(id, { id, nextDueAt, marks, failures })) return true;
    }
    return false;
  }

  async #look(findNextDueAt: () => Promise<number | undefined>): Promise<number | undefined> {
    try {
      return await findNextDueAt();
    } catch (error) {
      this.#options.onError(error);
      return this.#options.clock.now() + UNKNOWN_WORK_DELAY_MS;
    }
  }

  #close(id: string, due: Parameters<WakeRows['setNextDue']>[1]): Promise<boolean> {
    const { database, holder } = this.#options;
    // A close that a power cut takes back leaves the instance due, or open for somebody who is dead.
    return database.write(async (tx) => {
      if (!(await this.#rows.setNextDue(tx, due))) return false;
      await this.#rows.removeOpen(tx, holder, id);
      return true;
    }, 'crash');
  }

  /** Closes it as one that has to be looked at. */
  async #release(id: string, dueAt: number): Promise<void> {
    const { database, holder } = this.#options;
    await database.write(async (tx) => {
      await this.#rows.markDue(tx, [id], dueAt);
      await this.#rows.removeOpen(tx, holder, id);
    });
  }

  async #leave(id: string): Promise<void> {
    const { database, holder } = this.#options;
    if (this.#extendedAt === Number.NEGATIVE_INFINITY) return;
    await database.write((tx) => this.#rows.removeOpen(tx, holder, id));
  }
}
