import { createHash, type Hash } from 'node:crypto';
import { type Digest, type DigestAlgorithm, digestAlgorithm, formatUploadRange, OciError } from '@roadstead/oci';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import {
  type AppendOptions,
  type BlobStorage,
  UploadDamagedError,
  UploadNotFoundError,
  type UploadState,
} from '../../drivers/blob-storage/blob-storage.ts';
import { DatabaseFullError, DatabaseUnavailableError, type Durability } from '../../drivers/database/database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Locks } from '../../kernel/locks.ts';
import { principalKey } from '../../kernel/principal.ts';
import { type CommitBlobInput, commitBlob, type EarlierCopy } from '../blobs/commit-blob.ts';
import { replaceBlobCopy } from '../blobs/replace-blob-copy.ts';
import { setBlobLost } from '../blobs/set-blob-lost.ts';
import { type CollectionSettings, linkTimes } from '../collection/collection-settings.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { assertAnnouncedSize, isSmallBody, readSmallBody } from './read-small-body.ts';
import { finishHash, RunningHashes } from './running-hashes.ts';
import {
  advanceUpload,
  findUpload,
  insertUpload,
  listExpiredUploads,
  removeExpiredUpload,
  removeUpload,
  type Upload,
} from './upload-rows.ts';

export interface UploadsDeps {
  readonly database: InstanceDatabase;
  readonly storage: BlobStorage;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly locks: Locks;
  readonly expiryMs: number;
  readonly collection: () => CollectionSettings;
  /** Told of clean-up that failed and costs no more than room. */
  readonly onError: (error: unknown) => void;
  /** The name of a stored copy: fresh for each call. */
  readonly createStorageKey: (digest: string, randomHex: string) => string;
}

export interface UploadBody {
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Aborted when nobody will send the rest. */
  readonly signal?: AbortSignal;
  /** Frees the memory of a piece that nobody looks at any more. */
  readonly release?: (piece: Uint8Array) => void;
  /** The first byte's offset, where the client told it (Content-Range). */
  readonly start: number | undefined;
  /** How many bytes the client announced, where it did. */
  readonly sizeBytes: number | undefined;
}

/** What an upload holds, and the hash of it where this process has seen all of its bytes. */
interface StoredBytes {
  readonly state: UploadState;
  readonly hash: Hash | undefined;
}

type StoredBlob = Pick<CommitBlobInput, 'digests' | 'storageKey' | 'sizeBytes'>;

const LOCK_WAIT_MS = 5_000;
const RECLAIM_BATCH = 100;
const GENERATION_BYTES = 8;
/** As durable as the bytes of an open upload are, which a filesystem syncs only at the close. */
const OPEN_UPLOAD: Durability = 'crash';

/** Uploads of blobs: created, continued by any request of their principal, closed, cancelled or reclaimed. */
export class Uploads {
  readonly #deps: UploadsDeps;
  readonly #hashes = new RunningHashes();

  constructor(deps: UploadsDeps) {
    this.#deps = deps;
  }

  async create(repository: RepositoryRef, actor: Actor, algorithm: DigestAlgorithm): Promise<Upload> {
    const { clock, ids, storage, database, expiryMs } = this.#deps;
    const id = ids.uuid();
    const now = clock.now();
    const principal = principalKey(actor.principal);
    const expiresAt = now + expiryMs;
    const upload: Upload = { id, repository, principal, algorithm, state: storage.createUpload(id), expiresAt };
    await database.execute(insertUpload, { upload, now }, OPEN_UPLOAD);
    return upload;
  }

  /** @throws OciError BLOB_UPLOAD_UNKNOWN for what is not there, not of this repository or not of this principal alike. */
  async get(id: string, repository: RepositoryRef, actor: Actor): Promise<Upload> {
    const upload = await findUpload(this.#deps.database, id);
    const isTheirs =
      upload?.repository.name === repository.name &&
      upload.repository.projectId === repository.projectId &&
      upload.principal === principalKey(actor.principal);
    if (upload === undefined || !isTheirs || upload.expiresAt <= this.#deps.clock.now()) {
      throw new OciError('BLOB_UPLOAD_UNKNOWN', 'There is no such open upload in this repository: start a new one.');
    }
    return upload;
  }

  /**
   * As `get`, for whoever asks where to go on.
   * @throws OciError BLOB_UPLOAD_UNKNOWN also when a power cut took some of what it held
   */
  async getHeld(id: string, repository: RepositoryRef, actor: Actor): Promise<Upload> {
    const upload = await this.get(id, repository, actor);
    try {
      await this.#deps.storage.checkUpload?.(id, upload.state);
    } catch (error) {
      throw isLost(error) ? uploadLost(error) : error;
    }
    return upload;
  }

  /** Appends a chunk or a stream, and acknowledges it (invariant 9). @returns the upload with its new size. */
  append(id: string, repository: RepositoryRef, actor: Actor, body: UploadBody): Promise<Upload> {
    return this.#exclusively(id, async () => {
      const upload = await this.get(id, repository, actor);
      const { state, hash } = await this.#store(upload, body);
      const expiresAt = this.#deps.clock.now() + this.#deps.expiryMs;
      const advance = { id, fromSize: upload.state.size, state, expiresAt };
      await this.#deps.database.execute(advanceUpload, advance, OPEN_UPLOAD);
      if (hash !== undefined) this.#hashes.keep(id, upload.algorithm, state, hash);
      return { ...upload, state, expiresAt };
    });
  }

  /**
   * Closes the upload, with a last piece if there is one.
   * @throws OciError DIGEST_INVALID when the bytes are others than the digest says: the upload is then gone.
   */
  async close(
    id: string,
    repository: RepositoryRef,
    actor: Actor,
    close: { readonly digest: Digest; readonly body: UploadBody | undefined; readonly signal?: AbortSignal },
  ): Promise<{ readonly sizeBytes: number }> {
    const { body } = close;
    if (body !== undefined && isSmallBody(body) && (body.start ?? 0) === 0) {
      const upload = await this.get(id, repository, actor);
      // Without the lock: it touches nothing of the upload but its row, in the commit.
      if (upload.state.size === 0) return this.#storeAtOnce(upload, actor, { ...close, body });
    }
    return this.#exclusively(id, async () => {
      const upload = await this.get(id, repository, actor);
      const stored = body === undefined ? this.#asStored(upload) : await this.#store(upload, body);
      await this.#commit(upload, actor, { ...close, stored });
      return { sizeBytes: stored.state.size };
    });
  }

  cancel(id: string, repository: RepositoryRef, actor: Actor): Promise<void> {
    return this.#exclusively(id, async () => this.#discard(await this.get(id, repository, actor)));
  }

  /** Ends uploads that nobody has continued in time. @returns how many. */
  async reclaimExpired(): Promise<number> {
    let count = 0;
    for (;;) {
      const expired = await listExpiredUploads(this.#deps.database, this.#deps.clock.now(), RECLAIM_BATCH);
      let ended = 0;
      for (const upload of expired) if (await this.#reclaim(upload)) ended += 1;
      count += ended;
      if (expired.length < RECLAIM_BATCH || ended === 0) return count;
    }
  }

  async #reclaim(upload: Upload): Promise<boolean> {
    const { database, storage, clock, onError } = this.#deps;
    // One that is being written to now is not abandoned, however long its body takes.
    const release = await this.#deps.locks.acquire(upload.id, 0);
    if (release === undefined) return false;
    try {
      if (!(await database.execute(removeExpiredUpload, { id: upload.id, now: clock.now() }))) return false;
      this.#hashes.drop(upload.id);
      await storage.abortUpload(upload.id, upload.state).catch(onError);
      return true;
    } finally {
      release();
    }
  }

  async #exclusively<Result>(id: string, run: () => Promise<Result>): Promise<Result> {
    const release = await this.#deps.locks.acquire(id, LOCK_WAIT_MS);
    if (release === undefined) {
      throw new OciError('TOOMANYREQUESTS', 'Another request is writing to this upload: wait for it to end.');
    }
    try {
      return await run();
    } finally {
      release();
    }
  }

  #asStored({ id, algorithm, state }: Upload): StoredBytes {
    return { state, hash: this.#hashes.take(id, algorithm, state) };
  }

  async #store(upload: Upload, body: UploadBody): Promise<StoredBytes> {
    const { state, algorithm, id } = upload;
    if (body.start !== undefined && body.start !== state.size) {
      throw new OciError('RANGE_INVALID', `The upload holds ${state.size} bytes: continue with byte ${state.size}.`, {
        detail: { range: formatUploadRange(state.size) },
      });
    }
    const hash = this.#hashes.take(id, algorithm, state);
    let receivedBytes = 0;
    const onBytes = (piece: Uint8Array) => {
      receivedBytes += piece.length;
      hash?.update(piece);
    };
    const onEnd = () => assertAnnouncedSize(body, receivedBytes);
    return { state: await this.#append(upload, body, { onBytes, onEnd }), hash };
  }

  async #append(
    upload: Upload,
    body: UploadBody,
    watch: Required<Pick<AppendOptions, 'onBytes' | 'onEnd'>>,
  ): Promise<UploadState> {
    const { signal, release } = body;
    const options = { ...watch, ...(signal && { signal }), ...(release && { release }) };
    try {
      return await this.#deps.storage.appendUpload(upload.id, upload.state, body.pieces, options);
    } catch (error) {
      if (!isLost(error)) throw error;
      await this.#discard(upload);
      throw uploadLost(error);
    }
  }

  /** A blob that came whole in a small body: nothing of it touches the storage before its digest is known to be right. */
  async #storeAtOnce(
    upload: Upload,
    actor: Actor,
    { digest, body }: { readonly digest: Digest; readonly body: UploadBody },
  ): Promise<{ readonly sizeBytes: number }> {
    const { ids, storage, createStorageKey } = this.#deps;
    const algorithms = [...new Set([digestAlgorithm(digest), upload.algorithm])];
    const { pieces, sizeBytes, digests } = await readSmallBody(body, algorithms);
    const [actual, ...others] = digests;
    if (actual !== digest) {
      await this.#discard(upload);
      throw digestMismatch(digest, actual);
    }
    const storageKey = createStorageKey(digest, ids.hex(GENERATION_BYTES));
    try {
      await storage.putObject(storageKey, pieces);
    } catch (error) {
      await this.#forget(upload, storageKey);
      throw error;
    }
    await this.#end(upload, actor, { digests: [digest, ...others], storageKey, sizeBytes });
    return { sizeBytes };
  }

  async #commit(
    open: Upload,
    actor: Actor,
    {
      digest,
      signal,
      stored,
    }: { readonly digest: Digest; readonly signal?: AbortSignal; readonly stored: StoredBytes },
  ): Promise<void> {
    const { ids, createStorageKey } = this.#deps;
    const { state, hash } = stored;
    const upload = { ...open, state };
    const algorithm = digestAlgorithm(digest);
    const running = hash === undefined ? undefined : finishHash(upload.algorithm, hash);
    const isKnown = running !== undefined && upload.algorithm === algorithm;
    if (isKnown && running !== digest) {
      await this.#discard(upload);
      throw digestMismatch(digest, running);
    }
    const storageKey = await this.#complete(upload, createStorageKey(digest, ids.hex(GENERATION_BYTES)));
    const others = isKnown ? [] : await this.#verify(storageKey, upload, { digest, signal });
    await this.#end(upload, actor, { digests: [digest, ...others], storageKey, sizeBytes: upload.state.size });
  }

  /** The stored bytes become the blob, and the upload is over. */
  async #end(upload: Upload, actor: Actor, stored: StoredBlob): Promise<void> {
    const earlier = await this.#commitRow(upload, actor, stored);
    // The upload is committed: what goes wrong from here on costs room, not bytes.
    await this.#deps.storage.abortUpload(upload.id, upload.state).catch(this.#deps.onError);
    if (earlier !== undefined) {
      await this.#keepOneCopy(earlier, stored).catch(this.#deps.onError);
    }
  }

  /** @returns the copy that the blob had before, if it had one */
  async #commitRow(upload: Upload, actor: Actor, stored: StoredBlob): Promise<EarlierCopy | undefined> {
    const { database, clock, collection } = this.#deps;
    const { id: uploadId, repository } = upload;
    const now = clock.now();
    try {
      const times = linkTimes(collection(), now);
      const input = { ...stored, ...times, uploadId, repository, now, actor };
      return (await database.execute(commitBlob, input)).earlierCopy;
    } catch (error) {
      // Only a refusal is known to have committed nothing: a lost answer to a COMMIT may have committed the row, and then
      // its bytes must stay (invariant 1).
      if (isRefusal(error)) await this.#forget(upload, stored.storageKey);
      throw error;
    }
  }

  /** The blob was there before: its copy stays if the storage has it, or has it again; else the new one takes its place. */
  async #keepOneCopy(earlier: EarlierCopy, { storageKey, sizeBytes }: StoredBlob): Promise<void> {
    const { storage, database } = this.#deps;
    const isThere = (await storage.findObjectSize(earlier.storageKey)) === sizeBytes;
    const isTaken = !isThere && (await database.execute(replaceBlobCopy, { lost: earlier, storageKey }));
    if (isThere && earlier.isLost) await database.execute(setBlobLost, { copy: earlier, lostAt: null });
    if (!isTaken) await storage.deleteObject(storageKey);
  }

  async #complete(upload: Upload, key: string): Promise<string> {
    try {
      return await this.#deps.storage.completeUpload(upload.id, upload.state, key);
    } catch (error) {
      // A storage that failed here may not be asked again for the same bytes (a failed fsync is never retried).
      await this.#forget(upload, key);
      throw isLost(error) ? uploadLost(error) : error;
    }
  }

  /** Reads the completed object once; nothing of it stays if that fails. @returns the digests besides the named one */
  async #verify(
    storageKey: string,
    upload: Upload,
    { digest, signal }: { readonly digest: Digest; readonly signal: AbortSignal | undefined },
  ): Promise<readonly Digest[]> {
    const named = digestAlgorithm(digest);
    const algorithms = [...new Set<DigestAlgorithm>([named, upload.algorithm])];
    try {
      const computed = await this.#digestObject(storageKey, upload.state.size, { algorithms, signal });
      const actual = computed.find((found) => digestAlgorithm(found) === named);
      if (actual !== digest) throw digestMismatch(digest, actual);
      return computed.filter((found) => found !== digest);
    } catch (error) {
      await this.#forget(upload, storageKey);
      throw error;
    }
  }

  async #digestObject(
    storageKey: string,
    sizeBytes: number,
    {
      algorithms,
      signal,
    }: { readonly algorithms: readonly DigestAlgorithm[]; readonly signal: AbortSignal | undefined },
  ): Promise<readonly Digest[]> {
    const hashes = algorithms.map((algorithm) => ({ algorithm, hash: createHash(algorithm) }));
    for await (const piece of this.#deps.storage.readObject(storageKey, 0, sizeBytes, signal)) {
      for (const { hash } of hashes) hash.update(piece);
    }
    return hashes.map(({ algorithm, hash }) => finishHash(algorithm, hash));
  }

  async #discard(upload: Upload): Promise<void> {
    this.#hashes.drop(upload.id);
    await this.#deps.database.execute(removeUpload, { id: upload.id }, OPEN_UPLOAD);
    await this.#deps.storage.abortUpload(upload.id, upload.state);
  }

  /** After a failed close: nothing of it may stay. What cannot be removed now is an orphan, which the collector takes. */
  async #forget(upload: Upload, storageKey: string): Promise<void> {
    await this.#deps.storage.deleteObject(storageKey).catch(() => undefined);
    await this.#discard(upload).catch(() => undefined);
  }
}

/** The storage has not, or no longer, what was acknowledged of the upload. */
function isLost(error: unknown): boolean {
  return error instanceof UploadNotFoundError || error instanceof UploadDamagedError;
}

function uploadLost(cause: unknown): OciError {
  return new OciError('BLOB_UPLOAD_UNKNOWN', 'The bytes of this upload are gone: start a new one.', { cause });
}

function isRefusal(error: unknown): boolean {
  const isAmbiguous = error instanceof DatabaseFullError || error instanceof DatabaseUnavailableError;
  return error instanceof OciError || (error instanceof ProductError && !isAmbiguous);
}

function digestMismatch(named: Digest, actual: Digest | undefined): OciError {
  return new OciError('DIGEST_INVALID', `The bytes have the digest ${actual}, not ${named}: nothing was stored.`, {
    detail: { named, actual },
  });
}
