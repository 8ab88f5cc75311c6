import { createHash } from 'node:crypto';
import { createDigest, type Digest, digestAlgorithm } from '@roadstead/oci';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { type BlobStorage, ObjectNotFoundError } from '../../drivers/blob-storage/blob-storage.ts';
import type { JobFence } from '../../jobs/job-fence.ts';
import { systemActor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { fromDigestBytes } from '../digest-bytes.ts';
import { type CondemnCopyInput, condemnCopy } from './condemn-copy.ts';
import { Pace } from './pace.ts';
import type { ScrubSettings } from './scrub-settings.ts';
import { readScrubState, type ScrubState, writeScrubState } from './scrub-state.ts';

export interface ScrubDeps {
  readonly database: InstanceDatabase;
  readonly storage: BlobStorage;
  readonly clock: Clock;
  readonly settings: ScrubSettings;
  /** Told of every copy that is damaged, missing or unreadable. */
  readonly onError: (error: unknown) => void;
}

export interface ScrubRun {
  readonly signal: AbortSignal;
  readonly fence?: JobFence;
  readonly log?: (text: string) => void;
}

/** What one run has done. */
export interface ScrubReport {
  readonly blobs: number;
  readonly bytes: number;
  readonly damaged: number;
  readonly missing: number;
  /** The medium failed to read them: they are left as they are and tried again in the next round. */
  readonly unreadable: number;
  /** It came to the end of all stored copies. */
  readonly endedRound: boolean;
}

interface ScrubbedBlob {
  readonly id: number;
  readonly size: number;
  readonly storageKey: string;
  readonly digests: readonly Digest[];
}

type Verdict = 'sound' | 'damaged' | 'missing' | 'unreadable';

const ACTOR = systemActor('scrub');
/** How often its place is written down: what was read since is read again after a crash. */
const BLOBS_PER_NOTE = 50;

/**
 * Re-reads stored copies in a round that never ends, at a set rate, and compares them with their digests (D28). A damaged copy
 * is moved out of the way and its blob counts as absent, so that nobody is served wrong bytes and clients push it again.
 */
export class Scrub {
  readonly #deps: ScrubDeps;

  constructor(deps: ScrubDeps) {
    this.#deps = deps;
  }

  state(): Promise<ScrubState> {
    return readScrubState(this.#deps.database.reader);
  }

  /** Reads on from where the last run ended, for the time of one run or to the end of the round. */
  async run({ signal, fence, log = () => undefined }: ScrubRun): Promise<ScrubReport> {
    const { clock, settings } = this.#deps;
    const startedAt = clock.now();
    const pace = new Pace(settings.bytesPerSecond, clock);
    let state = await this.state();
    if (state.roundStartedAt === null) state = { ...state, roundStartedAt: startedAt, roundBytes: 0, roundBlobs: 0 };
    const counts = { blobs: 0, bytes: 0, sound: 0, damaged: 0, missing: 0, unreadable: 0 };
    let blob = await this.#next(state.lastBlobId);
    while (blob !== undefined && clock.now() - startedAt < settings.runMs) {
      const verdict = await this.#examine(blob, pace, signal);
      if (verdict !== 'sound') log(`${blob.storageKey} (${blob.digests[0]}, ${blob.size} bytes) is ${verdict}`);
      await this.#settle(blob, verdict, fence);
      counts[verdict] += 1;
      counts.blobs += 1;
      counts.bytes += blob.size;
      state = advance(state, blob, verdict);
      if (counts.blobs % BLOBS_PER_NOTE === 0) await this.#note(state, fence);
      blob = await this.#next(state.lastBlobId);
    }
    const endedRound = blob === undefined;
    await this.#note(endedRound ? endRound(state, clock.now()) : state, fence);
    return { ...counts, endedRound };
  }

  /** Reads the copy; what looks damaged is read a second time, since memory and cables err as well. */
  async #examine(blob: ScrubbedBlob, pace: Pace, signal: AbortSignal): Promise<Verdict> {
    const verdict = await this.#read(blob, pace, signal);
    return verdict === 'damaged' ? this.#read(blob, pace, signal) : verdict;
  }

  async #read(blob: ScrubbedBlob, pace: Pace, signal: AbortSignal): Promise<Verdict> {
    const hashes = blob.digests.map((digest) => ({ digest, hash: createHash(digestAlgorithm(digest)) }));
    try {
      const size = await this.#deps.storage.findObjectSize(blob.storageKey);
      if (size === undefined) return 'missing';
      if (size !== blob.size) return 'damaged';
      for await (const piece of this.#deps.storage.readObject(blob.storageKey, 0, blob.size, signal)) {
        for (const { hash } of hashes) hash.update(piece);
        await pace.spend(piece.length, signal);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ObjectNotFoundError) return 'missing';
      this.#deps.onError(new Error(`the stored copy ${blob.storageKey} could not be read`, { cause: error }));
      return 'unreadable';
    }
    const isSound = hashes.every(
      ({ digest, hash }) => createDigest(digestAlgorithm(digest), hash.digest('hex')) === digest,
    );
    return isSound ? 'sound' : 'damaged';
  }

  async #settle(blob: ScrubbedBlob, verdict: Verdict, fence: JobFence | undefined): Promise<void> {
    if (verdict !== 'damaged' && verdict !== 'missing') return;
    const { database, storage, clock, onError } = this.#deps;
    // First out of the way: a mark alone is taken back as soon as somebody finds a copy of the right size.
    if (verdict === 'damaged') await storage.quarantineObject(blob.storageKey);
    const input: CondemnCopyInput = {
      copy: { blobId: blob.id, storageKey: blob.storageKey },
      digest: blob.digests[0] ?? '',
      sizeBytes: blob.size,
      verdict,
      fence,
      now: clock.now(),
      actor: ACTOR,
    };
    if (!(await database.execute(condemnCopy, input))) return;
    onError(new Error(`the stored copy ${blob.storageKey} of ${input.digest} is ${verdict}: push its blob again`));
  }

  async #next(after: number): Promise<ScrubbedBlob | undefined> {
    const { reader } = this.#deps.database;
    const row = await reader
      .selectFrom('blobs')
      .select(['id', 'size', 'storage_key'])
      .where('id', '>', after)
      .where('lost_at', 'is', null)
      .where('deleting_at', 'is', null)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const names = await reader.selectFrom('blob_digests').select('digest').where('blob_id', '=', row.id).execute();
    const digests = names.map(({ digest }) => fromDigestBytes(digest)).toSorted();
    return { id: row.id, size: row.size, storageKey: row.storage_key, digests };
  }

  async #note(state: ScrubState, fence: JobFence | undefined): Promise<void> {
    const { database, clock } = this.#deps;
    await database.execute(writeScrubState, { state, fence, now: clock.now() });
  }
}

function advance(state: ScrubState, blob: ScrubbedBlob, verdict: Verdict): ScrubState {
  const next = {
    ...state,
    lastBlobId: blob.id,
    roundBytes: state.roundBytes + blob.size,
    roundBlobs: state.roundBlobs + 1,
  };
  return verdict === 'sound' ? next : { ...next, [verdict]: state[verdict] + 1 };
}

function endRound(state: ScrubState, now: number): ScrubState {
  const lastRoundMs = state.roundStartedAt === null ? null : now - state.roundStartedAt;
  return { ...state, lastBlobId: 0, roundStartedAt: null, lastRoundEndedAt: now, lastRoundMs };
}
