import {
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  isRepositoryName,
  OciError,
  parseDigest,
  parseDigestAlgorithm,
} from '@roadstead/oci';
import type { Upload } from '../../content/uploads/upload-rows.ts';
import { mountBlob } from './mount-blob.ts';
import type { Operation, OperationCall } from './operation.ts';
import { sendBlobCreated, sendUploadAccepted } from './upload-answers.ts';
import { readUploadBody } from './upload-chunk.ts';

/** `POST /v2/<name>/blobs/uploads/` (end-4a, end-4b, end-11): begins an upload, uploads at once, or mounts. */
export const postBlobUpload: Operation = {
  name: 'post_blob_upload',
  action: 'push',
  blobBytes: 'in',
  async answer(call) {
    const { query } = call.exchange;
    const mount = query.get('mount');
    if (mount !== null) {
      const from = query.get('from');
      if (from !== null && !isRepositoryName(from)) {
        throw new OciError('NAME_INVALID', 'The repository in `from` is not a repository name.');
      }
      if (await mountBlob(call, parseDigest(mount), from ?? undefined)) return;
    }
    const digest = query.get('digest');
    if (digest !== null && mount === null) await uploadAtOnce(call, parseDigest(digest));
    else sendUploadAccepted(call, await createUpload(call, readAlgorithm(call)));
  },
};

function readAlgorithm({ exchange }: OperationCall): DigestAlgorithm {
  const text = exchange.query.get('digest-algorithm');
  return text === null ? 'sha256' : parseDigestAlgorithm(text);
}

function createUpload(call: OperationCall, algorithm: DigestAlgorithm): Promise<Upload> {
  const { instance, repository, exchange } = call;
  return instance.content.uploads.create(repository, exchange.actor, algorithm);
}

async function uploadAtOnce(call: OperationCall, digest: Digest): Promise<void> {
  const { exchange, instance, repository } = call;
  const uploads = instance.content.uploads;
  const upload = await createUpload(call, digestAlgorithm(digest));
  const body = readUploadBody(call);
  try {
    await uploads.close(upload.id, repository, exchange.actor, { digest, body, signal: exchange.signal });
  } catch (error) {
    // The client does not know this upload's address: nobody could go on with it.
    await uploads.cancel(upload.id, repository, exchange.actor).catch(() => undefined);
    throw error;
  }
  sendBlobCreated(call, digest);
}
