import type { LedgerBlob } from '../ledger/ledger-event.ts';
import { type Answer, describeAnswer } from './http-client.ts';
import type { OpenUpload, RegistryWrites } from './registry-writes.ts';

export interface PushPolicy {
  /** Whether the same is asked again after a 5xx, which then must succeed: the fault was put there, and strikes once. */
  readonly retriesFailures: boolean;
  /** Told of answers that nothing explains. */
  readonly complain: (what: string) => void;
}

const TRIES = 4;

/** Pushes blobs in the ways that clients do. */
export class BlobPusher {
  readonly #writes: RegistryWrites;
  readonly #policy: PushPolicy;

  constructor(writes: RegistryWrites, policy: PushPolicy) {
    this.#writes = writes;
    this.#policy = policy;
  }

  /** The way of most clients: ask whether it is there, and upload it only if it is not. */
  async pushIfMissing(repository: string, blob: LedgerBlob, chunkCount: number): Promise<void> {
    const path = `/v2/${repository}/blobs/${blob.digest}`;
    const head = await this.again(() => this.#writes.client.ask('HEAD', path));
    if (head.status === 404) await this.push(repository, blob, chunkCount);
    else this.expect(head, [200], `HEAD ${path}`);
  }

  /** @param chunkCount 0 sends it with the POST, 1 with the closing PUT, more in PATCHes before it */
  async push(repository: string, blob: LedgerBlob, chunkCount: number): Promise<void> {
    if (chunkCount === 0) {
      const answer = await this.again(() => this.#writes.putBlobAtOnce(repository, blob));
      this.expect(answer, [201], `the upload at once of ${blob.digest}`);
      return;
    }
    for (let tries = 0; tries < TRIES; tries += 1) {
      const upload = await this.open(repository, blob);
      if (upload === undefined || (await this.pushChunks(upload, 0, chunkCount))) return;
    }
    this.#policy.complain(`${blob.digest} could not be pushed to ${repository} in ${TRIES} uploads`);
  }

  async open(repository: string, blob: LedgerBlob): Promise<OpenUpload | undefined> {
    const upload = await this.again(() => this.#writes.openUpload(repository, blob));
    if ('id' in upload) return upload;
    this.expect(upload, [202], `POST of an upload to ${repository}`);
    return undefined;
  }

  /** Sends what is missing and closes. @returns false when the upload has gone after a failure: a new one is needed */
  async pushChunks(upload: OpenUpload, fromBytes: number, chunkCount: number): Promise<boolean> {
    const { sizeBytes } = upload.blob;
    const chunkBytes = Math.ceil(sizeBytes / chunkCount);
    let offset = fromBytes;
    while (offset + chunkBytes < sizeBytes) {
      const next = await this.appendChunk(upload, offset, offset + chunkBytes);
      if (next === undefined) return false;
      offset = next;
    }
    return this.#close(upload, offset);
  }

  /** @returns where to go on; undefined when the upload has gone after a failure */
  async appendChunk(upload: OpenUpload, fromBytes: number, toBytes: number): Promise<number | undefined> {
    const answer = await this.#writes.append(upload, fromBytes, toBytes);
    if (answer.status === 202) return toBytes;
    this.#expectFailure(answer, `PATCH of bytes ${fromBytes} to ${toBytes}`);
    const offset = await this.#findOffset(upload);
    if (offset === undefined || offset === fromBytes || offset === toBytes) return offset;
    this.#policy.complain(`after a failed PATCH from ${fromBytes} to ${toBytes} the upload holds ${offset} bytes`);
    return undefined;
  }

  async #close(upload: OpenUpload, offset: number): Promise<boolean> {
    const answer = await this.#writes.close(upload, offset);
    if (answer.status === 201) return true;
    this.#expectFailure(answer, `the closing PUT at ${offset}`);
    const left = await this.#findOffset(upload);
    if (left === undefined) return false;
    const second = await this.#writes.close(upload, left);
    if (second.status === 201) return true;
    if (second.status !== 404) this.#policy.complain(`the closing PUT again: ${describeAnswer(second)}`);
    return false;
  }

  async #findOffset(upload: OpenUpload): Promise<number | undefined> {
    const offset = await this.#writes.findOffset(upload);
    if (typeof offset === 'number') return offset;
    this.expect(offset, [404], 'GET of an upload after a failure');
    return undefined;
  }

  /** Asks, and asks the same again after a failure, if that is the policy. */
  async again<Result extends object>(ask: () => Promise<Result>): Promise<Result> {
    const first = await ask();
    const hasFailed = 'status' in first && typeof first.status === 'number' && first.status >= 500;
    return hasFailed && this.#policy.retriesFailures ? ask() : first;
  }

  expect(answer: Answer, allowed: readonly number[], what: string): void {
    if (!allowed.includes(answer.status)) this.#policy.complain(`${what}: ${describeAnswer(answer)}`);
  }

  #expectFailure(answer: Answer, what: string): void {
    if (answer.status >= 500 && this.#policy.retriesFailures) return;
    this.#policy.complain(`${what}: ${describeAnswer(answer)}`);
  }
}
