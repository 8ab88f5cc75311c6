import { ERASED_KIND } from '@roadstead/archive';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { AuditKeys, PublicAuditKey } from './audit-keys.ts';
import { readAuditState } from './audit-state.ts';
import { AuditTree, readLogSize } from './audit-tree.ts';
import { type Checkpoints, findLastCheckpoint, type KeptCheckpoint } from './checkpoints.ts';
import { eraseAuditEntries } from './erase-entries.ts';
import { exportAuditLines } from './export-lines.ts';
import { findFormerUser, listPersonalEntries } from './personal-entries.ts';
import { requestErasure } from './request-erasure.ts';
import { readRetentionDays, setAuditRetention } from './retention.ts';
import { readIds, SEGMENT_ENTRIES } from './segment.ts';
import { findHighestId, type Sequencer } from './sequencer.ts';
import type { Witnesses } from './witnesses/witnesses.ts';

export interface AuditLogDeps {
  readonly instanceId: string;
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly sequencer: Sequencer;
  readonly checkpoints: Checkpoints;
  readonly keys: AuditKeys;
  readonly witnesses: Witnesses;
}

/** That an entry is in the log of some size. Hashes are in the order of RFC 6962. */
export interface EntryProof {
  readonly id: number;
  readonly position: number;
  readonly size: number;
  readonly leafHash: Buffer;
  readonly root: Buffer;
  readonly hashes: readonly Buffer[];
}

/** That the log of one size begins with that of another. */
export interface GrowthProof {
  readonly from: number;
  readonly to: number;
  readonly fromRoot: Buffer;
  readonly toRoot: Buffer;
  readonly hashes: readonly Buffer[];
}

/** Whether an erasure is told of behind this id. */
async function hasErasures(db: InstanceDatabase['reader'], after: number): Promise<boolean> {
  const query = db.selectFrom('journal').select('id').where('id', '>', after).where('kind', '=', ERASED_KIND);
  return (await query.limit(1).executeTakeFirst()) !== undefined;
}

/** Another process may be at it, for as long as one batch takes. */
const ATTEMPTS = 20;
const PAUSE_MS = 50;
const ERASE_BATCH = 1_000;
/** Of ids: what an erasure holds in memory of the log. */
const ERASE_WINDOW = 10_000;

/** The log over the journal that a customer can check alone. */
export class AuditLog {
  readonly witnesses: Witnesses;
  readonly #deps: AuditLogDeps;

  constructor(deps: AuditLogDeps) {
    this.#deps = deps;
    this.witnesses = deps.witnesses;
  }

  /** The newest one that was signed; undefined before the first. */
  lastCheckpoint(): Promise<KeptCheckpoint | undefined> {
    return findLastCheckpoint(this.#deps.database.reader);
  }

  /**
   * Takes everything into the log that was acknowledged before, and signs it.
   * @throws ProductError CONFLICT when the log was tampered with, or others write to it all the time
   */
  async sealNow(): Promise<KeptCheckpoint> {
    const { sequencer, checkpoints, keys } = this.#deps;
    await keys.getSigner();
    await this.#patiently(() => sequencer.run());
    const checkpoint = await checkpoints.make();
    if (checkpoint === undefined) throw new Error('the audit log has no entry, though its key has been made');
    return checkpoint;
  }

  /** The first is made when it is asked for. */
  async listKeys(): Promise<readonly PublicAuditKey[]> {
    await this.#deps.keys.getSigner();
    return this.#deps.keys.list();
  }

  /**
   * Another key signs the log from here on. What there is was signed by the one before, whose checkpoints go on to be right.
   * @throws ProductError CONFLICT as for `sealNow`
   */
  async rotateKey(actor: Actor): Promise<PublicAuditKey> {
    await this.sealNow();
    const key = await this.#deps.keys.rotate(actor);
    await this.sealNow();
    return key;
  }

  /**
   * @param size of the tree; the newest checkpoint's when it is left out
   * @throws ProductError NOT_FOUND when that tree has no such entry
   */
  async proveEntry(id: number, size?: number): Promise<EntryProof> {
    const { reader } = this.#deps.database;
    const of = size ?? (await this.lastCheckpoint())?.size ?? 0;
    const position = await this.#findPosition(id);
    if (position === undefined || position >= of || of > (await readLogSize(reader))) {
      throw new ProductError('NOT_FOUND', `The audit log of ${of} entries has no entry ${id}.`);
    }
    const tree = new AuditTree(reader);
    return {
      id,
      position,
      size: of,
      leafHash: await tree.leafHash(position),
      root: (await tree.frontier(of)).root(),
      hashes: await tree.proveInclusion(position, of),
    };
  }

  /** @throws ProductError VALIDATION unless 0 < from <= to <= the log's size */
  async proveGrowth(from: number, to: number): Promise<GrowthProof> {
    const { reader } = this.#deps.database;
    const size = await readLogSize(reader);
    if (!(from > 0 && from <= to && to <= size)) {
      throw new ProductError(
        'VALIDATION',
        `from and to must be sizes that the audit log has had: 0 < from <= to <= ${size}`,
      );
    }
    const tree = new AuditTree(reader);
    return {
      from,
      to,
      fromRoot: (await tree.frontier(from)).root(),
      toRoot: (await tree.frontier(to)).root(),
      hashes: await tree.proveConsistency(from, to),
    };
  }

  /** For how many days entries are kept; undefined: for ever. */
  retentionDays(): Promise<number | undefined> {
    return readRetentionDays(this.#deps.database.reader);
  }

  async setRetention(days: number | null, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    await database.execute(setAuditRetention, { days, actor, now: clock.now() });
  }

  /**
   * Erases what somebody did whose account is gone, and what names him: the entries become stumps, which say when something was
   * done and not what, by whom or from where. When it is broken off, it can be asked for again.
   * @returns how many
   * @throws ProductError PRECONDITION while there is such an account
   */
  async erasePerson(userId: number, actor: Actor): Promise<number> {
    const { database, clock, sequencer } = this.#deps;
    const { reader } = database;
    await database.execute(requestErasure, { userId, actor, now: clock.now() });
    await this.#patiently(() => sequencer.run());
    const person = await findFormerUser(reader, userId);
    let count = 0;
    // The newest first: what tells whose an access token was goes last.
    for (let last = await findHighestId(reader); last > 0; last -= ERASE_WINDOW) {
      const ids = [...(await listPersonalEntries(reader, person, last - ERASE_WINDOW, last))];
      while (ids.length > 0) {
        const input = { ids: ids.splice(-ERASE_BATCH), reason: 'person', now: clock.now() } as const;
        count += await database.execute(eraseAuditEntries, input);
      }
    }
    return count;
  }

  /** The whole log in lines of JSON, up to this instant, signed. */
  async *export(): AsyncGenerator<string, void, undefined> {
    const { instanceId, database, clock } = this.#deps;
    const db = database.reader;
    let { settledId } = await readAuditState(db);
    await this.#sealIfPossible();
    const keys = (await this.#deps.keys.list()).map(({ key }) => key);
    const size = await readLogSize(db);
    const extend = async (to: number) => {
      if (!(await hasErasures(db, settledId))) return to;
      ({ settledId } = await readAuditState(db));
      await this.#sealIfPossible();
      return readLogSize(db);
    };
    for await (const lines of exportAuditLines({ db, instanceId, keys, size, extend, now: clock.now() })) {
      if (lines.length > 0) yield `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
    }
  }

  /** What was tampered with is never signed, and all the more to be looked at. */
  async #sealIfPossible(): Promise<void> {
    await this.sealNow().catch((error: unknown) => {
      if (!(error instanceof ProductError && error.code === 'CONFLICT')) throw error;
    });
  }

  async #findPosition(id: number): Promise<number | undefined> {
    const segments = await this.#deps.database.reader
      .selectFrom('audit_segments')
      .select(['number', 'entries'])
      .where('max_id', '>=', id)
      .where('min_id', '<=', id)
      .orderBy('number')
      .execute();
    for (const { number, entries } of segments) {
      const index = readIds(entries).indexOf(id);
      if (index >= 0) return number * SEGMENT_ENTRIES + index;
    }
    return undefined;
  }

  async #patiently<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        const isBusy = error instanceof ProductError && error.code === 'CONFLICT';
        if (!isBusy || attempt === ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }
}
