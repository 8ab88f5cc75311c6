import { open } from 'node:fs/promises';
import { type DeliveredCheckpoint, DeliveryError } from './witness.ts';

/**
 * Appends the checkpoint to a file, durably. Several logs may share one: each checkpoint says which log it is of.
 * @throws DeliveryError
 */
export async function deliverToFile(file: string, { note }: DeliveredCheckpoint): Promise<void> {
  try {
    const handle = await open(file, 'a', 0o644);
    try {
      await handle.appendFile(`${note}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new DeliveryError(`the file of the operator's witness cannot be written to (${code})`, { cause });
  }
}
