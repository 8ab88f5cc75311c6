import { CliError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { BlobToUpload } from './blob-to-upload.ts';
import { isLostSession, LostUploadError } from './lost-upload-error.ts';
import { isTransientNetworkError } from './network-error.ts';
import { hasBlob } from './read-blob.ts';
import { describeReference, type Repository } from './repository.ts';
import { createResponseError } from './response-error.ts';
import { countBytes, createSentCounter, type SentCounter } from './sent-counter.ts';
import { startUpload, type UploadSession } from './start-upload.ts';
import { uploadInChunks } from './upload-in-chunks.ts';

export interface UploadOptions {
  /** A repository of the same registry that has the blob. */
  readonly mountFrom?: string | undefined;
  /** A larger blob goes in chunks of this size, each of which can be resumed. */
  readonly chunkBytes: number;
  /** Told how many more bytes have been sent; negative when some must be sent again. */
  readonly onBytes: (byteCount: number) => void;
}

const MAX_ATTEMPTS = 5;

/** Stores a blob that the repository does not have. Broken connections are resumed, or else the upload is begun anew. */
export async function uploadBlob(
  repository: Repository,
  blob: BlobToUpload,
  options: UploadOptions,
): Promise<'mounted' | 'uploaded'> {
  for (let attempt = 1; ; attempt += 1) {
    const session = await startUpload(repository, blob.digest, attempt === 1 ? options.mountFrom : undefined);
    if (session === 'mounted') return 'mounted';
    const sent = createSentCounter(options.onBytes);
    try {
      const location =
        blob.size > options.chunkBytes
          ? await uploadInChunks(repository, blob, session, options.chunkBytes, sent)
          : session.location;
      await finish(repository, blob, { ...session, location }, sent);
      return 'uploaded';
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS || !isWorthRepeating(error)) throw error;
      await repository.connection.pause(attempt);
      if (await hasBlob(repository, blob.digest)) return 'uploaded';
      sent.setTo(0);
    }
  }
}

/** The last PUT: with the whole blob when it goes in one piece, else empty. */
async function finish(
  repository: Repository,
  blob: BlobToUpload,
  session: UploadSession,
  sent: SentCounter,
): Promise<void> {
  const target = new URL(session.location);
  target.searchParams.set('digest', blob.digest);
  const range = { startByte: sent.byteCount, endByte: blob.size };
  const response = await repository.connection.send({
    method: 'PUT',
    target,
    scopes: repository.scopes,
    headers: { 'content-type': 'application/octet-stream' },
    contentLength: range.endByte - range.startByte,
    ...(range.endByte > range.startByte ? { body: () => countBytes(blob.open(range), range.startByte, sent) } : {}),
    maxAttempts: 1,
  });
  if (response.status === 201) {
    await response.body?.cancel();
    return;
  }
  const error = await createResponseError(response, `store a blob in ${describeReference(repository)}`);
  throw isLostSession(response.status) ? new LostUploadError(error) : error;
}

function isWorthRepeating(error: unknown): boolean {
  if (error instanceof LostUploadError) return true;
  return error instanceof CliError
    ? error.exitCode === EXIT_CODE.network && isTransientNetworkError(error.cause, { hasAnswered: true })
    : false;
}
