import { randomUUID } from 'node:crypto';
import type { Recorder } from '../ledger/ledger.ts';
import type { LedgerBlob, Outcome, Write } from '../ledger/ledger-event.ts';
import { type Answer, type Ask, type HttpClient, NoAnswerError } from './http-client.ts';
import { makeBytes } from './seeded-blob.ts';
import type { LoadManifest } from './seeded-manifest.ts';

/** An upload that the server has acknowledged. */
export interface OpenUpload {
  readonly id: string;
  readonly repository: string;
  readonly blob: LedgerBlob;
  readonly location: string;
}

/** The writes of the distribution API, each written down before it is sent and again when its answer is there. */
export class RegistryWrites {
  readonly client: HttpClient;
  readonly #recorder: Recorder;

  constructor(client: HttpClient, recorder: Recorder) {
    this.client = client;
    this.#recorder = recorder;
  }

  putBlobAtOnce(repository: string, blob: LedgerBlob): Promise<Answer> {
    const path = `/v2/${repository}/blobs/uploads/?digest=${blob.digest}`;
    return this.#perform({ kind: 'blob.put', repository, digest: blob.digest }, 'POST', path, {
      body: makeBytes(blob),
    });
  }

  /** Where the source does not hold the blob, the answer is 202: the upload that this opened is ended again. */
  async mountBlob(repository: string, from: string, digest: string): Promise<Answer> {
    const path = `/v2/${repository}/blobs/uploads/?mount=${digest}&from=${from}`;
    const write: Write = { kind: 'blob.put', repository, digest };
    const answer = await this.#perform(write, 'POST', path, {}, (status) => (status === 202 ? 'refused' : undefined));
    if (answer.status === 202) await this.client.ask('DELETE', locationOf(answer));
    return answer;
  }

  /** @returns the upload, or the answer that refused it */
  async openUpload(repository: string, blob: LedgerBlob): Promise<OpenUpload | Answer> {
    const id = randomUUID();
    const write: Write = { kind: 'upload.open', repository, upload: id, blob };
    const answer = await this.#perform(write, 'POST', `/v2/${repository}/blobs/uploads/`);
    return answer.status === 202 ? { id, repository, blob, location: locationOf(answer) } : answer;
  }

  append(upload: OpenUpload, fromBytes: number, toBytes: number): Promise<Answer> {
    const body = makeBytes(upload.blob).subarray(fromBytes, toBytes);
    const headers = { 'Content-Range': `${fromBytes}-${toBytes - 1}`, 'Content-Type': 'application/octet-stream' };
    return this.#perform({ kind: 'upload.append', upload: upload.id, toBytes }, 'PATCH', upload.location, {
      headers,
      body,
    });
  }

  /** Closes the upload; what is left of the blob after `fromBytes` goes along. */
  close(upload: OpenUpload, fromBytes: number): Promise<Answer> {
    const { repository, blob, location } = upload;
    const body = makeBytes(blob).subarray(fromBytes);
    const write: Write = { kind: 'upload.close', upload: upload.id, repository, digest: blob.digest };
    return this.#perform(write, 'PUT', `${location}?digest=${blob.digest}`, body.length > 0 ? { body } : {});
  }

  cancel(upload: OpenUpload): Promise<Answer> {
    return this.#perform({ kind: 'upload.cancel', upload: upload.id }, 'DELETE', upload.location);
  }

  deleteBlob(repository: string, digest: string): Promise<Answer> {
    return this.#perform({ kind: 'blob.delete', repository, digest }, 'DELETE', `/v2/${repository}/blobs/${digest}`);
  }

  putManifest(repository: string, manifest: LoadManifest, tag?: string): Promise<Answer> {
    const { digest, bytes, mediaType } = manifest;
    const write: Write = {
      kind: 'manifest.put',
      repository,
      digest,
      tag,
      blobs: manifest.blobs.map((blob) => blob.digest),
      manifests: manifest.manifests.map((child) => child.digest),
    };
    return this.#perform(write, 'PUT', `/v2/${repository}/manifests/${tag ?? digest}`, {
      headers: { 'Content-Type': mediaType },
      body: bytes,
    });
  }

  deleteManifest(repository: string, digest: string): Promise<Answer> {
    const path = `/v2/${repository}/manifests/${digest}`;
    return this.#perform({ kind: 'manifest.delete', repository, digest }, 'DELETE', path);
  }

  deleteTag(repository: string, tag: string): Promise<Answer> {
    return this.#perform({ kind: 'tag.delete', repository, tag }, 'DELETE', `/v2/${repository}/manifests/${tag}`);
  }

  /** How much the server says that it holds of the upload, or the answer by which it does not say so. */
  async findOffset({ location }: Pick<OpenUpload, 'location'>): Promise<number | Answer> {
    const answer = await this.client.ask('GET', location);
    const range = /^0-(\d+)$/.exec(answer.headers.range ?? '');
    if (answer.status !== 204 || range === null) return answer;
    // Nothing yet is written `0-0`, as one byte is.
    return range[1] === '0' ? 0 : Number(range[1]) + 1;
  }

  async #perform(
    write: Write,
    method: string,
    path: string,
    ask: Ask = {},
    judge: (status: number) => Outcome | undefined = () => undefined,
  ): Promise<Answer> {
    const op = this.#recorder.begin(write);
    try {
      const answer = await this.client.ask(method, path, ask);
      const outcome = judge(answer.status) ?? outcomeOf(answer.status);
      const location = write.kind === 'upload.open' && answer.status === 202 ? locationOf(answer) : undefined;
      this.#recorder.end(op, outcome, location);
      return answer;
    } catch (error) {
      if (error instanceof NoAnswerError) this.#recorder.end(op, 'lost');
      throw error;
    }
  }
}

function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return 'acknowledged';
  return status >= 500 ? 'failed' : 'refused';
}

function locationOf(answer: Answer): string {
  return answer.headers.location ?? '';
}
