import { abortableBody } from '../../../kernel/abortable-body.ts';
import { assertImportedSize, type ImportOptions } from '../blob-storage.ts';
import { tagOfParts, unquoted } from './etags.ts';
import { MultipartOpening } from './multipart-opening.ts';
import type { PartBuffers } from './part-buffers.ts';
import { PartWriter } from './part-writer.ts';
import type { MultipartRef, S3Bucket } from './s3-bucket.ts';
import { StorageUnavailableError } from './s3-errors.ts';
import type { S3Names } from './s3-names.ts';
import type { Part } from './s3-upload-state.ts';

export interface S3ImportDeps {
  readonly bucket: S3Bucket;
  readonly names: S3Names;
  readonly buffers: PartBuffers;
}

/** Stores a body under the name that it has to have: by one `PUT` where it is small, else by a multipart upload of that name. */
export async function importS3Object(
  deps: S3ImportDeps,
  key: string,
  body: AsyncIterable<Uint8Array>,
  { sizeBytes, signal, release }: ImportOptions,
): Promise<void> {
  const { bucket, names, buffers } = deps;
  const name = names.object(key);
  const opening = new MultipartOpening(deps, () => key);
  const writer = new PartWriter([], {
    buffers,
    release,
    putPart: async (number, bytes, aborted) => bucket.putPart(await opening.open(aborted), number, bytes, aborted),
  });
  try {
    let size = 0;
    for await (const piece of abortableBody(body, signal)) {
      size += piece.byteLength;
      const room = writer.write(piece);
      if (room !== undefined) await room;
    }
    assertImportedSize(key, size, sizeBytes);
    const { parts, rest } = await writer.finish();
    signal?.throwIfAborted();
    const { multipart } = opening;
    if (multipart === undefined) await bucket.putObject(name, rest, signal);
    else await complete(bucket, { name, id: multipart.id }, { parts, rest, sizeBytes });
  } catch (error) {
    await writer.cancel();
    await opening.abandon();
    throw error;
  }
  if ((await bucket.findObjectSize(name)) !== sizeBytes) throw notKept(key);
}

/** Where the call fails the object itself tells: it may have been carried out. */
async function complete(
  bucket: S3Bucket,
  ref: MultipartRef,
  {
    parts,
    rest,
    sizeBytes,
  }: { readonly parts: readonly Part[]; readonly rest: Uint8Array; readonly sizeBytes: number },
): Promise<void> {
  const all = [...parts];
  if (rest.byteLength > 0) all.push(await bucket.putPart(ref, parts.length + 1, rest));
  try {
    await bucket.completeMultipart(ref, all);
  } catch (error) {
    const object = await bucket.findObject(ref.name);
    const isOurs = object?.sizeBytes === sizeBytes && tagOfParts(all.map(({ etag }) => etag)) === unquoted(object.etag);
    if (!isOurs) throw error;
  }
}

function notKept(key: string): StorageUnavailableError {
  return new StorageUnavailableError(new Error(`the object storage does not have ${key} as it was written to it`));
}
