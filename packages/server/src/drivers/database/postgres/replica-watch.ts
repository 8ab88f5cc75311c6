import pg from 'pg';

export interface ReplicaWatchOptions {
  readonly primaryUrl: string;
  readonly replicaUrl: string;
  readonly connectTimeoutMs: number;
  /** A replica that is further behind is not asked. */
  readonly maxLagMs?: number;
}

/** Where the primary's log stood, and when it was asked. */
interface Sample {
  readonly position: bigint;
  readonly atMs: number;
}

const INTERVAL_MS = 500;
const MAX_LAG_MS = 3_000;

/**
 * Says whether a standby of PostgreSQL is up to date, by comparing its position in the log with those that the primary had: the
 * time of a standby's last transaction says nothing where nobody writes, and nothing of a connection that has broken.
 */
export class ReplicaWatch {
  readonly #options: ReplicaWatchOptions;
  readonly #maxLagMs: number;
  readonly #timer: NodeJS.Timeout;
  #primary: pg.Client | undefined;
  #replica: pg.Client | undefined;
  #samples: Sample[] = [];
  /** All that the primary had then is on the replica. */
  #isAsOfMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: ReplicaWatchOptions) {
    this.#options = options;
    this.#maxLagMs = options.maxLagMs ?? MAX_LAG_MS;
    this.#timer = setInterval(() => this.#look(), INTERVAL_MS);
    this.#timer.unref();
    this.#look();
  }

  isFresh(): boolean {
    return performance.now() - this.#isAsOfMs <= this.#maxLagMs;
  }

  /** The replica did not answer: it is left alone until it is seen to be up to date again. */
  distrust(): void {
    this.#isAsOfMs = Number.NEGATIVE_INFINITY;
    this.#samples = [];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#looking;
    await Promise.all([this.#end('primary'), this.#end('replica')]);
  }

  #look(): void {
    if (this.#isClosed) return;
    this.#looking ??= this.#compare().finally(() => {
      this.#looking = undefined;
    });
  }

  async #compare(): Promise<void> {
    try {
      this.#primary ??= await this.#connect(this.#options.primaryUrl);
      const atMs = performance.now();
      this.#samples.push({ position: await readPosition(this.#primary, 'pg_current_wal_lsn()'), atMs });
    } catch {
      await this.#end('primary');
      return;
    }
    try {
      this.#replica ??= await this.#connect(this.#options.replicaUrl);
      const reached = await readPosition(this.#replica, 'pg_last_wal_replay_lsn()');
      const passed = this.#samples.findLast(({ position }) => position <= reached);
      if (passed !== undefined) this.#isAsOfMs = passed.atMs;
      const oldestMs = performance.now() - this.#maxLagMs;
      this.#samples = this.#samples.filter(({ atMs }) => atMs >= oldestMs);
    } catch {
      this.distrust();
      await this.#end('replica');
    }
  }

  async #connect(connectionString: string): Promise<pg.Client> {
    const { connectTimeoutMs } = this.#options;
    const client = new pg.Client({
      connectionString,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: connectTimeoutMs,
      application_name: 'roadstead replica watch',
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async #end(side: 'primary' | 'replica'): Promise<void> {
    const client = side === 'primary' ? this.#primary : this.#replica;
    if (side === 'primary') this.#primary = undefined;
    else this.#replica = undefined;
    await client?.end().catch(() => undefined);
  }
}

/** @throws Error where there is no such position: a primary has no replay, a standby no log of its own */
async function readPosition(client: pg.Client, call: string): Promise<bigint> {
  const { rows } = await client.query<{ position: string | null }>(`select ${call}::text as position`);
  const [high, low] = rows[0]?.position?.split('/') ?? [];
  if (high === undefined || low === undefined) throw new Error(`${call} has no answer here`);
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}
