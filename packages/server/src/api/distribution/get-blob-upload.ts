import type { Operation } from './operation.ts';
import { uploadHeaders } from './upload-answers.ts';

/** `GET /v2/<name>/blobs/uploads/<id>` (end-13): how much of the upload has been acknowledged. */
export const getBlobUpload: Operation = {
  name: 'get_blob_upload',
  action: 'push',
  async answer(call) {
    const { exchange, instance, repository, argument } = call;
    const upload = await instance.content.uploads.getHeld(argument, repository, exchange.actor);
    exchange.send(204, uploadHeaders(call, upload));
  },
};
