import { OciError, parseDigest } from '@roadstead/oci';
import { hasBody } from '../../http/request-body.ts';
import type { Operation } from './operation.ts';
import { sendBlobCreated, tellWhereToGoOn } from './upload-answers.ts';
import { readChunk } from './upload-chunk.ts';

/** `PUT /v2/<name>/blobs/uploads/<id>?digest=` (end-6): closes the upload, with its last piece or without. */
export const putBlobUpload: Operation = {
  name: 'put_blob_upload',
  action: 'push',
  blobBytes: 'in',
  async answer(call) {
    const { exchange, instance, repository, argument } = call;
    const text = exchange.query.get('digest');
    if (text === null) throw new OciError('DIGEST_INVALID', 'An upload is closed with its digest: ?digest=sha256:….');
    const digest = parseDigest(text);
    const body = hasBody(exchange) ? readChunk(call) : undefined;
    const closing = instance.content.uploads.close(argument, repository, exchange.actor, {
      digest,
      body,
      signal: exchange.signal,
    });
    await tellWhereToGoOn(call, closing);
    sendBlobCreated(call, digest);
  },
};
