import type { StoredBlob } from '../../content/blobs/blob-reads.ts';
import type { BlobAnswer } from '../../http/accelerators/blob-accelerator.ts';
import type { OperationCall } from './operation.ts';

/**
 * Lets an accelerator send a blob, where one is switched on and takes it.
 * @returns false when nothing was sent: then the ordinary way sends the blob, or says what is wrong with it
 */
export async function sendAccelerated(
  { exchange, instance, settings }: OperationCall,
  blob: StoredBlob,
  answer: BlobAnswer,
): Promise<boolean> {
  const accelerator = settings.accelerators.find((candidate) => candidate.takes(exchange, answer));
  if (accelerator === undefined) return false;
  const location = await instance.locateBlob(blob);
  return location?.sizeBytes === blob.size && accelerator.send(exchange, answer, location);
}
