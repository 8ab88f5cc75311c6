import { LRUCache } from 'lru-cache';
import type { Clock } from '../../kernel/clock.ts';
import { normalizeHost } from '../../kernel/host.ts';
import { DEFAULT_INSTANCE_ID } from './instance-id.ts';
import type { InstanceRecord, InstanceRegistry } from './instance-registry.ts';

/** What the pool needs to know of an instance; what else it is, only the caller knows. */
export interface PooledInstance {
  readonly id: string;
  close(): Promise<void>;
}

export interface InstancePoolOptions<Instance extends PooledInstance> {
  /** Builds the instance; it is called once at a time for one id, and never while that instance is still closing. */
  openInstance(record: InstanceRecord): Promise<Instance>;
  readonly registry: Pick<
    InstanceRegistry,
    'findInstanceByHost' | 'findInstanceByPort' | 'findInstances' | 'hasInstances'
  >;
  /** Idle instances beyond this number are closed, the longest unused first. More stay open while all are in use. */
  readonly maxOpen: number;
  readonly clock: Clock;
  /** Milliseconds after which a host is looked up again and open instances are compared with their rows. */
  readonly recheckMs?: number;
  /** Milliseconds that `close()` waits for instances in use. */
  readonly closeGraceMs?: number;
  /** Told when an instance that the pool closes by itself fails to close, or the rows cannot be read. */
  onError?(error: unknown): void;
}

/** The right to use an instance: it stays open until the lease is released. Releasing twice does nothing. */
export interface InstanceLease<Instance> extends Disposable {
  readonly instance: Instance;
  release(): void;
}

/** The right to work in an instance, until somebody wants it closed. */
export interface WorkLease<Instance> extends InstanceLease<Instance> {
  /** Aborted when the instance is to close: it was destroyed, or the pool closes. Requests end by themselves, work has to be told. */
  readonly signal: AbortSignal;
}

/** The instances that are open in this process. */
export interface InstancePool<Instance> {
  /**
   * The instance that answers a host, opened if need be. As long as no instance was created, `main` answers every host.
   * @param host a Host header
   * @param port the listener's, where it is one of the instances' own: it decides when no instance has this host
   * @returns undefined when no instance has this host
   * @throws what `openInstance` throws; the next call tries again
   */
  forHost(host: string, port?: number): Promise<InstanceLease<Instance> | undefined>;
  /** The instance with this id, opened if need be; undefined when there is none. */
  forId(id: string): Promise<InstanceLease<Instance> | undefined>;
  /**
   * The instance with this id, opened if need be, for its own work: that counts as no use, and when the lease is released an
   * instance that nobody else has asked for closes at once.
   */
  forWork(id: string): Promise<WorkLease<Instance> | undefined>;
  /** How many instances could be opened without closing one that was used within the last `idleMs` milliseconds. */
  countRoom(idleMs: number): number;
  /**
   * Runs `work` on every instance that is open now; each stays open until its work has ended.
   * @throws the first error, when all have ended
   */
  forEachOpen(work: (instance: Instance) => Promise<void>): Promise<void>;
  /** Closes what was destroyed by another process; runs by itself, and at once when it is called. */
  reconcile(): Promise<void>;
  /** Closes every instance; those in use when they are released, or when the grace is over. No lease is given any more. */
  close(): Promise<void>;
}

const DEFAULT_RECHECK_MS = 1_000;
const DEFAULT_CLOSE_GRACE_MS = 5_000;
const MAX_KNOWN_HOSTS = 10_000;

interface KnownHost {
  readonly record: InstanceRecord | undefined;
  readonly checkedAt: number;
}

export function createInstancePool<Instance extends PooledInstance>(
  options: InstancePoolOptions<Instance>,
): InstancePool<Instance> {
  return new OpenInstances(options);
}

/** One instance of the pool. It closes when it is retired and no lease is left. */
class Entry<Instance extends PooledInstance> {
  readonly record: InstanceRecord;
  readonly opening: Promise<Instance>;
  readonly closed: Promise<void>;
  leases = 0;
  /** In the order of uses; 0: nobody has asked for it. */
  lastUse = 0;
  /** Milliseconds UTC. */
  lastUsedAt = 0;
  readonly retiring = new AbortController();
  isOpen = false;
  #isClosing = false;
  readonly #settleClosed: (result: Promise<void>) => void;

  constructor(record: InstanceRecord, opening: Promise<Instance>) {
    this.record = record;
    this.opening = opening;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#settleClosed = resolve;
  }

  /** Closes now, whoever uses it. A second call does nothing. */
  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#settleClosed(
      this.opening.then(
        (instance) => instance.close(),
        // It never opened: those who waited for it have the error.
        () => undefined,
      ),
    );
  }
}

class OpenInstances<Instance extends PooledInstance> implements InstancePool<Instance> {
  readonly #options: InstancePoolOptions<Instance>;
  readonly #recheckMs: number;
  readonly #entries = new Map<string, Entry<Instance>>();
  /** Retired and not yet closed: the next opening of the same id waits for them. */
  readonly #retired = new Set<Entry<Instance>>();
  readonly #hosts = new LRUCache<string, KnownHost>({ max: MAX_KNOWN_HOSTS });
  readonly #timer: NodeJS.Timeout;
  #lastHost = { header: '', host: '' };
  #uses = 0;
  #isClosed = false;

  constructor(options: InstancePoolOptions<Instance>) {
    this.#options = options;
    this.#recheckMs = options.recheckMs ?? DEFAULT_RECHECK_MS;
    this.#timer = setInterval(() => void this.reconcile(), this.#recheckMs).unref();
  }

  async forHost(header: string, port?: number): Promise<InstanceLease<Instance> | undefined> {
    const host = this.#normalize(header);
    const key = `${host} ${port ?? ''}`;
    const known = this.#hosts.get(key);
    const now = this.#options.clock.now();
    if (known !== undefined && Math.abs(now - known.checkedAt) < this.#recheckMs) return this.#lease(known.record);
    const record = await this.#findByAddress(host, port);
    this.#hosts.set(key, { record, checkedAt: now });
    return this.#lease(record);
  }

  async forId(id: string): Promise<InstanceLease<Instance> | undefined> {
    return this.#lease(await this.#findRecord(id));
  }

  async forWork(id: string): Promise<WorkLease<Instance> | undefined> {
    const entry = this.#enter(await this.#findRecord(id));
    if (entry === undefined) return undefined;
    return Object.assign(await this.#hold(entry), { signal: entry.retiring.signal });
  }

  countRoom(idleMs: number): number {
    const now = this.#options.clock.now();
    const kept = [...this.#entries.values()].filter(
      (entry) => entry.leases > 0 || Math.abs(now - entry.lastUsedAt) < idleMs,
    );
    return this.#options.maxOpen - kept.length;
  }

  async forEachOpen(work: (instance: Instance) => Promise<void>): Promise<void> {
    const entries = [...this.#entries.values()].filter((entry) => entry.isOpen);
    const results = await Promise.allSettled(entries.map((entry) => this.#use(entry, work)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async reconcile(): Promise<void> {
    const entries = [...this.#entries.values()];
    try {
      const records = await this.#findRecords(entries.map((entry) => entry.record.id));
      for (const entry of entries) {
        const record = records.get(entry.record.id);
        const isGone = record?.state !== 'active';
        // Other hosts matter less than those who use it now: it is opened anew with them once it is idle.
        const isOutdated = record?.hosts.join() !== entry.record.hosts.join() && entry.leases === 0;
        if (isGone || isOutdated) this.#retire(entry);
      }
    } catch (error) {
      // The rows cannot be read: that is no evidence that an instance is gone.
      this.#options.onError?.(error);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    for (const entry of this.#entries.values()) this.#retire(entry);
    const open = [...this.#retired];
    const timer = setTimeout(() => {
      for (const entry of open) entry.close();
    }, this.#options.closeGraceMs ?? DEFAULT_CLOSE_GRACE_MS);
    const results = await Promise.allSettled(open.map((entry) => entry.closed));
    clearTimeout(timer);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Most requests ask for the host that the one before asked for. */
  #normalize(header: string): string {
    if (header !== this.#lastHost.header) {
      // What is no host at all is one host to us, so that nobody fills the memory with names.
      this.#lastHost = { header, host: normalizeHost(header) ?? '' };
    }
    return this.#lastHost.host;
  }

  async #findByAddress(host: string, port: number | undefined): Promise<InstanceRecord | undefined> {
    const { registry } = this.#options;
    const byHost = await registry.findInstanceByHost(host);
    if (byHost !== undefined) return byHost;
    const byPort = port === undefined ? undefined : await registry.findInstanceByPort(port);
    return byPort ?? this.#findDefault();
  }

  async #findDefault(): Promise<InstanceRecord | undefined> {
    return (await this.#options.registry.hasInstances()) ? undefined : DEFAULT_INSTANCE;
  }

  async #findRecord(id: string): Promise<InstanceRecord | undefined> {
    return (await this.#findRecords([id])).get(id);
  }

  async #findRecords(ids: readonly string[]): Promise<ReadonlyMap<string, InstanceRecord>> {
    if (ids.length === 0) return new Map();
    const found = await this.#options.registry.findInstances(ids);
    const records = new Map(found.map((record) => [record.id, record]));
    const isDefaultMissing = ids.includes(DEFAULT_INSTANCE_ID) && !records.has(DEFAULT_INSTANCE_ID);
    const byDefault = isDefaultMissing ? await this.#findDefault() : undefined;
    return byDefault === undefined ? records : records.set(byDefault.id, byDefault);
  }

  async #lease(record: InstanceRecord | undefined): Promise<InstanceLease<Instance> | undefined> {
    const entry = this.#enter(record);
    if (entry === undefined) return undefined;
    entry.lastUse = this.#uses += 1;
    entry.lastUsedAt = this.#options.clock.now();
    return this.#hold(entry);
  }

  /** Its lease is counted from here on. */
  #enter(record: InstanceRecord | undefined): Entry<Instance> | undefined {
    if (this.#isClosed) throw new Error('the instance pool is closed');
    if (record?.state !== 'active') return undefined;
    const entry = this.#entries.get(record.id) ?? this.#open(record);
    entry.leases += 1;
    return entry;
  }

  /** Looking after an instance is no use of it: what is idle otherwise still closes first. */
  async #use(entry: Entry<Instance>, work: (instance: Instance) => Promise<void>): Promise<void> {
    entry.leases += 1;
    using lease = await this.#hold(entry);
    await work(lease.instance);
  }

  /** @param entry whose leases count this one already */
  async #hold(entry: Entry<Instance>): Promise<InstanceLease<Instance>> {
    try {
      return new Lease(await entry.opening, () => this.#release(entry));
    } catch (error) {
      this.#release(entry);
      throw error;
    }
  }

  #open(record: InstanceRecord): Entry<Instance> {
    const before = [...this.#retired].filter((retired) => retired.record.id === record.id);
    const opening = Promise.allSettled(before.map((retired) => retired.closed));
    const entry = new Entry(
      record,
      opening.then(() => this.#options.openInstance(record)),
    );
    this.#entries.set(record.id, entry);
    entry.opening.then(
      () => {
        entry.isOpen = true;
      },
      () => this.#retire(entry),
    );
    this.#evictIdle();
    return entry;
  }

  #release(entry: Entry<Instance>): void {
    entry.leases -= 1;
    if (entry.leases > 0) return;
    if (this.#entries.get(entry.record.id) !== entry) entry.close();
    else if (entry.lastUse === 0) this.#retire(entry);
    else this.#evictIdle();
  }

  #evictIdle(): void {
    while (this.#entries.size > this.#options.maxOpen) {
      let oldest: Entry<Instance> | undefined;
      for (const entry of this.#entries.values()) {
        // One that was opened just now has no lease yet, and no use.
        const isIdle = entry.leases === 0 && entry.lastUse > 0;
        if (isIdle && (oldest === undefined || entry.lastUse < oldest.lastUse)) oldest = entry;
      }
      if (oldest === undefined) return;
      this.#retire(oldest);
    }
  }

  /** Takes the instance out of use: nobody gets it any more, and it closes when the last lease is released. */
  #retire(entry: Entry<Instance>): void {
    const { id } = entry.record;
    if (this.#entries.get(id) !== entry) return;
    this.#entries.delete(id);
    this.#retired.add(entry);
    entry.retiring.abort();
    entry.closed.catch((error: unknown) => this.#options.onError?.(error)).finally(() => this.#retired.delete(entry));
    if (entry.leases === 0) entry.close();
  }
}

class Lease<Instance> implements InstanceLease<Instance> {
  readonly instance: Instance;
  readonly #onRelease: () => void;
  #isReleased = false;

  constructor(instance: Instance, onRelease: () => void) {
    this.instance = instance;
    this.#onRelease = onRelease;
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#onRelease();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

const DEFAULT_INSTANCE: InstanceRecord = {
  id: DEFAULT_INSTANCE_ID,
  hosts: [],
  state: 'active',
  cell: 'local',
  schemaVersion: undefined,
  nextDueAt: undefined,
  createdAt: 0,
};
