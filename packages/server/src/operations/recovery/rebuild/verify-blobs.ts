import { createHash } from 'node:crypto';
import type { Digest } from '@roadstead/oci';
import { fromDigestBytes } from '../../../content/digest-bytes.ts';
import type { InstanceSchema } from '../../../db/instance/schema.ts';
import type { BlobStorage } from '../../../drivers/blob-storage/blob-storage.ts';
import type { Database } from '../../../drivers/database/database.ts';
import { type BlobUse, findBlobUses } from './find-blob-uses.ts';

/** `digest` reads every stored copy, `size` asks the storage for its size only, `none` asks nothing. */
export type VerifyMode = 'digest' | 'size' | 'none';

export interface VerifyDeps {
  readonly database: Database<InstanceSchema>;
  readonly storage: Pick<BlobStorage, 'findObjectSize' | 'readObject' | 'listObjectKeys'>;
  readonly now: number;
  readonly onProgress: (text: string) => void;
}

/** A blob whose stored copy is missing, or is not what it should be. */
export interface BadBlob {
  readonly digests: readonly Digest[];
  readonly sizeBytes: number;
  readonly storageKey: string;
  readonly reason: string;
  /** What needs it: nothing, where the collector may have removed it after the last shipment. */
  readonly uses: readonly BlobUse[];
}

export interface VerifiedBlobs {
  readonly checked: number;
  readonly checkedBytes: number;
  /** Needed by a manifest; each counts as absent until it is pushed again. */
  readonly bad: readonly BadBlob[];
  /** Gone, and needed by nothing. */
  readonly unused: number;
}

interface BlobToVerify {
  readonly id: number;
  readonly size: number;
  readonly storage_key: string;
  readonly encoding: string;
}

const PAGE_SIZE = 200;
/** Stored copies that are looked at at once. */
const LANES = 4;
const PROGRESS_EVERY = 1_000;

/** Compares every blob with its stored copy, and marks those that cannot be served as lost. It changes nothing in the storage. */
export async function verifyBlobs(deps: VerifyDeps, mode: VerifyMode): Promise<VerifiedBlobs> {
  const { reader } = deps.database;
  const bad: BadBlob[] = [];
  let [checked, checkedBytes, unused] = [0, 0, 0];
  for (let after = 0; mode !== 'none'; ) {
    const page = await reader
      .selectFrom('blobs')
      .select(['id', 'size', 'storage_key', 'encoding'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE_SIZE)
      .execute();
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.id;
    const queue = page.values();
    const lanes = Array.from({ length: LANES }, async () => {
      for (const blob of queue) {
        const digests = await listDigests(deps, blob.id);
        const reason = await findFault(deps, blob, digests, mode);
        checked += 1;
        checkedBytes += blob.size;
        if (checked % PROGRESS_EVERY === 0) deps.onProgress(`${checked} blobs verified`);
        if (reason === undefined) continue;
        await markLost(deps, blob.id);
        const uses = await findBlobUses(reader, blob.id);
        if (uses.length === 0) unused += 1;
        else bad.push({ digests, sizeBytes: blob.size, storageKey: blob.storage_key, reason, uses });
      }
    });
    await Promise.all(lanes);
  }
  return { checked, checkedBytes, bad, unused };
}

/** How many objects lie in the storage that no row leads to: they came after the last shipment, or were being removed. */
export async function countUnreferenced({ database, storage }: VerifyDeps): Promise<number> {
  let count = 0;
  let names: string[] = [];
  const compare = async () => {
    if (names.length === 0) return;
    const known = await database.reader
      .selectFrom('blobs')
      .select('storage_key')
      .where('storage_key', 'in', names)
      .execute();
    count += names.length - known.length;
    names = [];
  };
  for await (const key of storage.listObjectKeys()) {
    names.push(key);
    if (names.length === PAGE_SIZE) await compare();
  }
  await compare();
  return count;
}

async function listDigests({ database }: VerifyDeps, blobId: number): Promise<readonly Digest[]> {
  const rows = await database.reader
    .selectFrom('blob_digests')
    .select('digest')
    .where('blob_id', '=', blobId)
    .orderBy('digest')
    .execute();
  return rows.map(({ digest }) => fromDigestBytes(digest));
}

async function markLost({ database, now }: VerifyDeps, blobId: number): Promise<void> {
  await database.write((tx) => tx.updateTable('blobs').set({ lost_at: now }).where('id', '=', blobId).execute());
}

/** @returns what is wrong with the stored copy, or undefined */
async function findFault(
  { storage }: VerifyDeps,
  blob: BlobToVerify,
  digests: readonly Digest[],
  mode: VerifyMode,
): Promise<string | undefined> {
  const sizeBytes = await storage.findObjectSize(blob.storage_key);
  if (sizeBytes === undefined) return 'the stored copy is missing';
  // A sealed copy is longer than the blob, and its bytes are not the blob's.
  if (blob.encoding !== 'plain') return undefined;
  if (sizeBytes !== blob.size) return `the stored copy has ${sizeBytes} bytes`;
  if (mode === 'size') return undefined;
  const hashes = digests.map((digest) => ({ digest, hash: createHash(digest.split(':')[0] ?? '') }));
  for await (const piece of storage.readObject(blob.storage_key, 0, sizeBytes)) {
    for (const { hash } of hashes) hash.update(piece);
  }
  const isOther = hashes.some(({ digest, hash }) => digest.split(':')[1] !== hash.digest('hex'));
  return isOther ? 'the stored copy has other bytes than its digest says' : undefined;
}
