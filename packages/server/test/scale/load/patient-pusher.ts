import type { LedgerBlob } from '../../support/ledger/ledger-event.ts';
import { type Answer, describeAnswer } from '../../support/load/http-client.ts';
import type { OpenUpload, RegistryWrites } from '../../support/load/registry-writes.ts';
import type { LoadManifest } from '../../support/load/seeded-manifest.ts';
import { askOnce, GivenUpError, isFailure, persist } from './patience.ts';

export interface UploadProgress {
  readonly upload: OpenUpload;
  /** What was acknowledged. */
  offset: number;
}

const UPLOAD_TRIES = 5;
const MANIFEST_TRIES = 4;
const STEP_TRIES = 8;

/** Pushes through failures until it is acknowledged, over whichever node the balancer chooses for each request. */
export class PatientPusher {
  readonly #writes: RegistryWrites;
  readonly #complain: (what: string) => void;

  /** @param complain is told of what no registry may do, whatever fails */
  constructor(writes: RegistryWrites, complain: (what: string) => void) {
    this.#writes = writes;
    this.#complain = complain;
  }

  /** Blobs that are missing, and then the manifest; the blobs again when a collector has taken one meanwhile. */
  async pushImage(
    repository: string,
    manifest: LoadManifest,
    tag: string | undefined,
    chunkCount: number,
  ): Promise<boolean> {
    for (let tries = 0; tries < MANIFEST_TRIES; tries += 1) {
      for (const blob of manifest.blobs) await this.pushIfMissing(repository, blob, chunkCount);
      const answer = await this.ask(() => this.#writes.putManifest(repository, manifest, tag));
      if (answer.status === 201) return true;
      if (answer.body.includes('MANIFEST_BLOB_UNKNOWN')) continue;
      this.#complain(`the push of ${manifest.digest} to ${repository}: ${describeAnswer(answer)}`);
      return false;
    }
    return false;
  }

  async pushIfMissing(repository: string, blob: LedgerBlob, chunkCount: number): Promise<void> {
    const path = `/v2/${repository}/blobs/${blob.digest}`;
    const head = await this.ask(() => this.#writes.client.ask('HEAD', path));
    if (head.status === 404) await this.push(repository, blob, chunkCount);
    else if (head.status !== 200) this.#complain(`HEAD ${path}: ${describeAnswer(head)}`);
  }

  /** @param chunkCount 0 sends it with the POST, 1 with the closing PUT, more in PATCHes before it */
  async push(repository: string, blob: LedgerBlob, chunkCount: number): Promise<void> {
    if (chunkCount === 0) {
      const answer = await this.ask(() => this.#writes.putBlobAtOnce(repository, blob));
      if (answer.status !== 201) this.#complain(`the upload at once of ${blob.digest}: ${describeAnswer(answer)}`);
      return;
    }
    for (let tries = 0; tries < UPLOAD_TRIES; tries += 1) {
      const progress = await this.open(repository, blob);
      if (await this.finish(progress, chunkCount)) return;
    }
    throw new GivenUpError(`${blob.digest} in ${UPLOAD_TRIES} uploads`);
  }

  async open(repository: string, blob: LedgerBlob): Promise<UploadProgress> {
    const upload = await persist(() => this.#writes.openUpload(repository, blob));
    if ('id' in upload) return { upload, offset: 0 };
    throw new Error(`POST of an upload to ${repository}: ${describeAnswer(upload)}`);
  }

  /** @returns false when it is not known whether the close went through, and the upload has gone: a new one is needed */
  async finish(progress: UploadProgress, chunkCount: number): Promise<boolean> {
    const { upload } = progress;
    const chunkBytes = Math.ceil(upload.blob.sizeBytes / chunkCount);
    while (progress.offset + chunkBytes < upload.blob.sizeBytes) await this.append(progress, chunkBytes);
    for (let tries = 0; tries < STEP_TRIES; tries += 1) {
      const answer = await askOnce(() => this.#writes.close(upload, progress.offset));
      if (answer?.status === 201) return true;
      if (answer !== undefined && !isFailure(answer.status) && answer.status !== 404 && answer.status !== 416) {
        this.#complain(`the closing PUT at ${progress.offset}: ${describeAnswer(answer)}`);
        return false;
      }
      // The close may have been carried out, and then there is no upload any more.
      if (!(await this.#resume(progress, upload.blob.sizeBytes, true))) return false;
    }
    throw new GivenUpError(`the close of ${upload.location}`);
  }

  /** One chunk, until it is acknowledged. */
  async append(progress: UploadProgress, chunkBytes: number): Promise<void> {
    const { upload } = progress;
    const target = Math.min(progress.offset + chunkBytes, upload.blob.sizeBytes);
    for (let tries = 0; tries < STEP_TRIES; tries += 1) {
      const answer = await askOnce(() => this.#writes.append(upload, progress.offset, target));
      if (answer?.status === 202) {
        progress.offset = target;
        return;
      }
      // 416: what was lost before has arrived after all.
      if (answer !== undefined && !isFailure(answer.status) && answer.status !== 416) {
        this.#complain(`PATCH of ${upload.location} from ${progress.offset}: ${describeAnswer(answer)}`);
      }
      if (!(await this.#resume(progress, target, false))) throw new GivenUpError(`${upload.location} has gone`);
      if (progress.offset >= target) return;
    }
    throw new GivenUpError(`PATCH of ${upload.location}`);
  }

  async ask(request: () => Promise<Answer>): Promise<Answer> {
    return persist<Answer>(request);
  }

  /** Asks how much the registry holds. @returns false when the upload has gone */
  async #resume(progress: UploadProgress, limit: number, mayBeGone: boolean): Promise<boolean> {
    const { upload } = progress;
    const held = await persist<{ readonly offset: number }>(async () => {
      const offset = await this.#writes.findOffset(upload);
      return typeof offset === 'number' ? { offset } : offset;
    });
    if ('offset' in held) {
      if (held.offset < progress.offset || held.offset > limit) {
        this.#complain(
          `lost upload: ${upload.location} holds ${held.offset} bytes; ${progress.offset} were acknowledged, and ${limit} sent`,
        );
      }
      progress.offset = held.offset;
      return true;
    }
    if (held.status !== 404 || !mayBeGone) {
      this.#complain(`lost upload: ${upload.location} with ${progress.offset} bytes: ${describeAnswer(held)}`);
    }
    return false;
  }
}
