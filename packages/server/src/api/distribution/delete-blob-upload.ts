import type { Operation } from './operation.ts';

/** `DELETE /v2/<name>/blobs/uploads/<id>` (end-14, spec main): cancels the upload. */
export const deleteBlobUpload: Operation = {
  name: 'delete_blob_upload',
  action: 'push',
  async answer({ exchange, instance, repository, argument }) {
    await instance.content.uploads.cancel(argument, repository, exchange.actor);
    exchange.send(204);
  },
};
