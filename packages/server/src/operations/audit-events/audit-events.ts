import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { LoginEvents, LoginTry } from '../../identity/login-events.ts';
import type { JournalEntry } from '../../journal/journal.ts';
import { type Actor, systemActor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ANONYMOUS, principalKey } from '../../kernel/principal.ts';
import { appendAuditEntries } from './append-audit-entries.ts';
import { type AuditSettings, readAuditSettings, setAuditSettings } from './audit-settings.ts';
import { RefusedLogins } from './refused-logins.ts';

export interface AuditEventsDeps {
  readonly database: Pick<InstanceDatabase, 'execute' | 'reader'>;
  readonly clock: Clock;
  /** Told of what could not be written. */
  readonly onError: (error: unknown) => void;
  /** From an event to its entry. Default: 1 s. */
  readonly flushMs?: number;
  /** How many entries wait for the database at most; further ones are lost, and counted. Default: 10,000. */
  readonly maxWaiting?: number;
}

/** A manifest that was read. */
export interface Pull {
  readonly actor: Actor;
  readonly projectId: number;
  readonly repository: string;
  readonly digest: string;
  readonly tag: string | undefined;
}

export interface AuditEventFigures {
  /** In this process, since the instance was opened in it. */
  readonly lostEntries: number;
  readonly waitingEntries: number;
}

const DEFAULT_FLUSH_MS = 1_000;
const DEFAULT_MAX_WAITING = 10_000;
const BATCH = 500;
/** Where the database does not answer, it is asked this much less often. */
const FAILING_FACTOR = 5;
/** How long another process may go on as the settings were before. */
const SETTINGS_STALE_MS = 5_000;

type KnownSettings = AuditSettings & { readonly readAt: number };

/** @throws what reading the instance's settings throws */
export async function openAuditEvents(deps: AuditEventsDeps): Promise<AuditEvents> {
  const settings = await readAuditSettings(deps.database.reader);
  return new AuditEvents(deps, { ...settings, readAt: deps.clock.now() });
}

/**
 * Records what happens without a change: sign-ins, and pulls where the instance is set to. Off the request's path: an entry is
 * written within a second or so. What cannot be written is counted, and told by an entry of its own once the database answers.
 */
export class AuditEvents implements LoginEvents {
  readonly #deps: AuditEventsDeps;
  readonly #waiting: JournalEntry[] = [];
  readonly #refused = new RefusedLogins();
  #lost: { readonly since: number; count: number } | undefined;
  #lostEver = 0;
  #settings: KnownSettings;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isFailing = false;
  #isClosed = false;

  constructor(deps: AuditEventsDeps, settings: KnownSettings) {
    this.#deps = deps;
    this.#settings = settings;
  }

  succeeded({ origin, account, ...more }: LoginTry & { readonly account: Actor['principal'] }): void {
    const detail = { resource: principalKey(account), outcome: 'done', ...detailOf(more) };
    this.#add({ at: this.#now(), actor: { ...origin, principal: account }, kind: 'login.succeeded', detail });
  }

  failed({ origin, account, projectId, ...more }: LoginTry): void {
    const detail = { resource: accountKey(account), outcome: 'refused', ...detailOf(more) };
    const actor = { ...origin, principal: ANONYMOUS };
    this.#add({ at: this.#now(), actor, kind: 'login.failed', ...(projectId !== undefined && { projectId }), detail });
  }

  refused({ origin, account }: LoginTry): void {
    this.#refused.add(accountKey(account), origin, this.#now());
    this.#arm();
  }

  pulled({ actor, projectId, repository, digest, tag }: Pull): void {
    const at = this.#now();
    if (at - this.#settings.readAt >= SETTINGS_STALE_MS) this.#arm();
    if (!this.#settings.recordsPulls) return;
    this.#add({ at, actor, kind: 'manifest.pulled', projectId, repository, detail: { digest, tag: tag ?? null } });
  }

  settings(): Promise<AuditSettings> {
    return readAuditSettings(this.#deps.database.reader);
  }

  /** Here at once, in other processes within 5 s. */
  async setSettings(settings: AuditSettings, actor: Actor): Promise<void> {
    const now = this.#now();
    await this.#deps.database.execute(setAuditSettings, { settings, actor, now });
    this.#settings = { ...settings, readAt: now };
  }

  /** Somebody has changed them past this. */
  async reloadSettings(): Promise<void> {
    this.#settings = { ...(await this.settings()), readAt: this.#now() };
  }

  figures(): AuditEventFigures {
    return { lostEntries: this.#lostEver, waitingEntries: this.#waiting.length };
  }

  /** Writes what waits, but sign-ins that were refused in the last 10 s. It never rejects. */
  flush(): Promise<void> {
    return this.#flush(this.#now());
  }

  /** Writes everything that waits. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#flush(Number.POSITIVE_INFINITY);
    const lost = this.#waiting.length + (this.#lost?.count ?? 0);
    if (lost > 0) this.#deps.onError(new Error(`${lost} entries of the audit log could not be written`));
  }

  #now(): number {
    return this.#deps.clock.now();
  }

  #add(entry: JournalEntry): void {
    const { maxWaiting = DEFAULT_MAX_WAITING } = this.#deps;
    if (this.#waiting.length < maxWaiting) {
      this.#waiting.push(entry);
    } else {
      this.#lost ??= { since: entry.at, count: 0 };
      this.#lost.count += 1;
      this.#lostEver += 1;
    }
    this.#arm();
  }

  #arm(): void {
    if (this.#isClosed) return;
    if (this.#waiting.length === BATCH) void this.flush();
    const flushMs = this.#deps.flushMs ?? DEFAULT_FLUSH_MS;
    const delayMs = this.#isFailing ? flushMs * FAILING_FACTOR : flushMs;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, delayMs).unref();
  }

  #flush(now: number): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write(now));
    return this.#writing;
  }

  async #write(now: number): Promise<void> {
    try {
      for (const entry of this.#refused.take(now)) this.#add(entry);
      await this.#readSettings();
      while (this.#waiting.length > 0 || this.#lost !== undefined) await this.#writeBatch();
      this.#isFailing = false;
    } catch (error) {
      this.#isFailing = true;
      this.#deps.onError(error);
    }
    if (this.#waiting.length > 0 || !this.#refused.isEmpty) this.#arm();
  }

  async #writeBatch(): Promise<void> {
    const { database } = this.#deps;
    const batch = this.#waiting.slice(0, BATCH);
    const lost = this.#lost;
    const lostCount = lost?.count ?? 0;
    const gaps = lost === undefined ? [] : [gapEntry(lost, this.#now())];
    await database.execute(appendAuditEntries, { entries: [...batch, ...gaps] });
    this.#waiting.splice(0, batch.length);
    if (lost !== undefined) lost.count -= lostCount;
    if (lost?.count === 0) this.#lost = undefined;
  }

  async #readSettings(): Promise<void> {
    const now = this.#now();
    if (now - this.#settings.readAt < SETTINGS_STALE_MS) return;
    this.#settings = { ...(await readAuditSettings(this.#deps.database.reader)), readAt: now };
  }
}

function accountKey(account: LoginTry['account']): string {
  return account === undefined ? 'unknown' : principalKey(account);
}

function gapEntry({ since, count }: { readonly since: number; readonly count: number }, at: number): JournalEntry {
  const actor = systemActor('audit');
  return { at, actor, kind: 'audit.gap', detail: { resource: 'audit log', outcome: 'lost', lost: count, since } };
}

function detailOf({ provider, reason, detail }: Pick<LoginTry, 'provider' | 'reason' | 'detail'>) {
  return { ...(provider !== undefined && { provider }), ...(reason !== undefined && { reason }), ...detail };
}
