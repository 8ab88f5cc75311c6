import type { Operation } from './operation.ts';
import { sendUploadAccepted, tellWhereToGoOn } from './upload-answers.ts';
import { readChunk } from './upload-chunk.ts';

/** `PATCH /v2/<name>/blobs/uploads/<id>` (end-5): a chunk, or a stream without Content-Range. */
export const patchBlobUpload: Operation = {
  name: 'patch_blob_upload',
  action: 'push',
  blobBytes: 'in',
  async answer(call) {
    const { exchange, instance, repository, argument } = call;
    const body = readChunk(call);
    const appending = instance.content.uploads.append(argument, repository, exchange.actor, body);
    sendUploadAccepted(call, await tellWhereToGoOn(call, appending));
  },
};
