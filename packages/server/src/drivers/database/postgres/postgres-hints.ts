import { type Kysely, sql } from 'kysely';
import pg from 'pg';
import { dispatchCompiled, type Hints } from '../database.ts';

export interface PostgresHintsOptions {
  readonly url: string;
  readonly connectTimeoutMs: number;
  /** Of the database; the schema's name, so that each has its own. */
  readonly channel: string;
}

const KEEP_ALIVE_MS = 10_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

/** NOTIFY and LISTEN. What is said while a listener has no connection is lost to it, and it hears of that. */
export function createPostgresHints<Schema>(options: PostgresHintsOptions): Hints<Schema> {
  const { channel } = options;
  return {
    send: async (tx: Kysely<Schema>, words: readonly string[]) => {
      if (words.length === 0) return;
      const notify = sql`select pg_notify(${channel}, word) from unnest(${[...words]}::text[]) as word`;
      await dispatchCompiled(tx, notify.compile(tx));
    },
    listen: (onWord) => {
      const listener = new Listener(options, onWord);
      return { close: () => listener.close() };
    },
  };
}

/** A connection of its own, which is opened again whenever it ends. */
class Listener {
  readonly #options: PostgresHintsOptions;
  readonly #onWord: (word: string | undefined) => void;
  readonly #running: Promise<void>;
  readonly #closing = Promise.withResolvers<void>();
  #isClosed = false;

  constructor(options: PostgresHintsOptions, onWord: (word: string | undefined) => void) {
    this.#options = options;
    this.#onWord = onWord;
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closing.resolve();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let retryMs = FIRST_RETRY_MS; !this.#isClosed; retryMs = Math.min(MAX_RETRY_MS, retryMs * 2)) {
      if (await this.#listenOnce()) retryMs = FIRST_RETRY_MS;
      if (!this.#isClosed) await this.#rest(retryMs * (0.5 + Math.random() / 2));
    }
  }

  /** Until the connection ends. @returns whether there was one; what is lost is found by looking, so that no error matters */
  async #listenOnce(): Promise<boolean> {
    const { url, connectTimeoutMs, channel } = this.#options;
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: connectTimeoutMs,
      application_name: 'roadstead',
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    });
    const ended = new Promise<void>((resolve) => {
      client.once('error', () => resolve());
      client.once('end', () => resolve());
    });
    client.on('error', () => undefined);
    client.on('notification', ({ payload }) => this.#onWord(payload ?? ''));
    try {
      await client.connect();
      await client.query(`listen ${client.escapeIdentifier(channel)}`);
      this.#onWord(undefined);
      await Promise.race([ended, this.#closing.promise]);
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async #rest(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([over, this.#closing.promise]);
    clearTimeout(timer);
  }
}
