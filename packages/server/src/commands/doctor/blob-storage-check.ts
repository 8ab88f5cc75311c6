import type { Config } from '../../config/config.ts';
import type { BlobStorage } from '../../drivers/blob-storage/blob-storage.ts';
import { type Finding, fail, ok, reasonOf } from './finding.ts';

/** Opens the blob storage of one instance. */
export type OpenBlobStorage = (
  config: Config,
  instanceId: string,
) => Promise<Pick<BlobStorage, 'checkHealth' | 'close'>>;

/** Writes, reads and deletes a small object in the blob storage of each instance. */
export async function checkBlobStorage(
  config: Config,
  instanceIds: readonly string[],
  openBlobStorage: OpenBlobStorage,
): Promise<readonly Finding[]> {
  if (instanceIds.length === 0) return [ok('blob storage', 'the first start makes it')];
  const findings: Finding[] = [];
  for (const id of instanceIds) {
    const check = `blob storage of ${id}`;
    try {
      const storage = await openBlobStorage(config, id);
      try {
        await storage.checkHealth();
      } finally {
        await storage.close();
      }
      findings.push(ok(check, 'a small object can be written, read and deleted'));
    } catch (error) {
      const remedy =
        config.blobs === undefined
          ? 'check the rights and the room of the data folder'
          : 'check ROADSTEAD_BLOBS, and what its credentials may do in the bucket';
      findings.push(fail(check, `does not work: ${reasonOf(error)}`, remedy));
    }
  }
  return findings;
}
