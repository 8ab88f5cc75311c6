import { CliError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { BlobToUpload } from './blob-to-upload.ts';
import { isLostSession, LostUploadError } from './lost-upload-error.ts';
import { isTransientNetworkError } from './network-error.ts';
import { describeReference, type Repository } from './repository.ts';
import { createResponseError } from './response-error.ts';
import { countBytes, type SentCounter } from './sent-counter.ts';
import { readLocation, type UploadSession } from './start-upload.ts';

const MAX_FRUITLESS_ATTEMPTS = 5;

/**
 * Sends the whole blob in PATCH requests with `Content-Range`. After a failure the registry is asked what it has, and the
 * upload goes on from there. Resolves with the address of the closing PUT.
 */
export async function uploadInChunks(
  repository: Repository,
  blob: BlobToUpload,
  session: UploadSession,
  chunkBytes: number,
  sent: SentCounter,
): Promise<URL> {
  const stepBytes = Math.max(chunkBytes, session.minChunkBytes);
  let location = session.location;
  let startByte = 0;
  for (let fruitless = 0; startByte < blob.size; ) {
    const range = { startByte, endByte: Math.min(blob.size, startByte + stepBytes) };
    const response = await sendChunk(repository, blob, location, range, sent);
    if (response?.status === 202) {
      await response.body?.cancel();
      location = readLocation(repository, response);
      startByte = findOffset(response) ?? range.endByte;
      fruitless = 0;
    } else {
      if (response && !isLostSession(response.status)) throw await createChunkError(repository, response);
      await response?.body?.cancel();
      fruitless += 1;
      if (fruitless > MAX_FRUITLESS_ATTEMPTS) throw createGivenUpError(repository);
      await repository.connection.pause(fruitless, response);
      const status = await askStatus(repository, location);
      if (status.startByte > startByte) fruitless = 0;
      ({ location, startByte } = status);
    }
    sent.setTo(startByte);
  }
  return location;
}

/** Undefined stands for a connection that broke. */
async function sendChunk(
  repository: Repository,
  blob: BlobToUpload,
  location: URL,
  range: { readonly startByte: number; readonly endByte: number },
  sent: SentCounter,
): Promise<Response | undefined> {
  try {
    return await repository.connection.send({
      method: 'PATCH',
      target: location,
      scopes: repository.scopes,
      headers: {
        'content-type': 'application/octet-stream',
        'content-range': `${range.startByte}-${range.endByte - 1}`,
      },
      contentLength: range.endByte - range.startByte,
      body: () => countBytes(blob.open(range), range.startByte, sent),
      maxAttempts: 1,
    });
  } catch (error) {
    const broken = error instanceof CliError && error.exitCode === EXIT_CODE.network;
    if (broken && isTransientNetworkError(error.cause, { hasAnswered: true })) return undefined;
    throw error;
  }
}

async function askStatus(repository: Repository, location: URL): Promise<{ location: URL; startByte: number }> {
  const response = await repository.connection.send({ method: 'GET', target: location, scopes: repository.scopes });
  if (response.status !== 204 && response.status !== 202) throw await createChunkError(repository, response);
  await response.body?.cancel();
  const named = response.headers.get('location') === null ? location : readLocation(repository, response);
  return { location: named, startByte: findOffset(response) ?? 0 };
}

/** `Range: 0-1023` means that 1024 bytes are there; `0-0` is also what registries say of none, so nothing is assumed. */
function findOffset(response: Response): number | undefined {
  const lastByte = /^(?:bytes=)?0-([0-9]{1,15})$/.exec(response.headers.get('range')?.trim() ?? '')?.[1];
  if (lastByte === undefined) return undefined;
  return lastByte === '0' ? 0 : Number(lastByte) + 1;
}

/** Whatever the registry dislikes about a resumed upload, a new one may work. */
async function createChunkError(repository: Repository, response: Response): Promise<CliError> {
  const error = await createResponseError(response, `upload to ${describeReference(repository)}`);
  return response.status === 400 || isLostSession(response.status) ? new LostUploadError(error) : error;
}

function createGivenUpError(repository: Repository): CliError {
  return new CliError(EXIT_CODE.network, `cannot upload to ${describeReference(repository)}`, {
    why: `${MAX_FRUITLESS_ATTEMPTS} attempts in a row brought no byte across`,
    remedy: 'check the network and the server, then repeat: blobs that arrived are not sent again',
  });
}
