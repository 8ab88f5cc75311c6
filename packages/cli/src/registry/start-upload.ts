import type { Digest } from '@roadstead/oci';
import { CliError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { describeReference, type Repository } from './repository.ts';
import { createResponseError } from './response-error.ts';

/** An upload that the registry has opened. */
export interface UploadSession {
  /** Where the next request of this upload goes; each answer may change it. */
  readonly location: URL;
  /** `OCI-Chunk-Min-Length`, or 0. */
  readonly minChunkBytes: number;
}

/** Opens an upload, or mounts the blob from another repository where the registry allows it. */
export async function startUpload(
  repository: Repository,
  digest: Digest,
  mountFrom: string | undefined,
): Promise<UploadSession | 'mounted'> {
  if (mountFrom !== undefined) {
    const mounted = await post(
      repository,
      `?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(mountFrom)}`,
    ).catch(ignoreRefusal);
    if (mounted?.status === 201) {
      await mounted.body?.cancel();
      return 'mounted';
    }
    if (mounted?.status === 202) return openSession(repository, mounted);
    await mounted?.body?.cancel();
  }
  const response = await post(repository, '');
  if (response.status !== 202) throw await createResponseError(response, `upload to ${describeReference(repository)}`);
  return openSession(repository, response);
}

function post(repository: Repository, query: string): Promise<Response> {
  return repository.connection.send({
    method: 'POST',
    target: `/v2/${repository.name}/blobs/uploads/${query}`,
    scopes: repository.scopes,
    headers: { 'content-length': '0' },
  });
}

/** Who may not read the other repository can still upload. */
function ignoreRefusal(error: unknown): undefined {
  if (error instanceof CliError && error.exitCode === EXIT_CODE.authentication) return undefined;
  throw error;
}

async function openSession(repository: Repository, response: Response): Promise<UploadSession> {
  await response.body?.cancel();
  return {
    location: readLocation(repository, response),
    minChunkBytes: Number(response.headers.get('oci-chunk-min-length') ?? 0) || 0,
  };
}

/** The `Location` of an upload's answer. */
export function readLocation(repository: Repository, response: Response): URL {
  const location = response.headers.get('location');
  if (location !== null && URL.canParse(location, response.url)) {
    return repository.connection.resolve(new URL(location, response.url));
  }
  throw new CliError(EXIT_CODE.failure, `cannot upload to ${describeReference(repository)}`, {
    why: 'the server opened an upload without a usable Location header',
  });
}
