import { LRUCache } from 'lru-cache';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Clock } from '../kernel/clock.ts';
import { onFirstUse } from '../kernel/on-first-use.ts';
import { type NoteUseInput, noteUse } from './note-use.ts';

const EVERY_MS = 60_000;
const MAX_REMEMBERED = 10_000;

/** Notes when robots and access tokens are used: at most once a minute each, and nobody waits for it. */
export class UseNotes {
  readonly #database: InstanceDatabase;
  readonly #clock: Clock;
  readonly #noted = onFirstUse(() => new LRUCache<string, number>({ max: MAX_REMEMBERED }));
  readonly #running = new Set<Promise<void>>();

  constructor(database: InstanceDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  note(table: NoteUseInput['table'], id: number): void {
    const now = this.#clock.now();
    const key = `${table} ${id}`;
    const before = this.#noted().get(key);
    if (before !== undefined && now - before < EVERY_MS) return;
    this.#noted().set(key, now);
    // A note that is lost is made again at the next use.
    const running = this.#database
      .execute(noteUse, { table, id, now }, 'crash')
      .catch(() => void this.#noted().delete(key))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when every note so far is written. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }
}
