import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { BlobStorage } from '../../drivers/blob-storage/blob-storage.ts';
import type { JobFence } from '../../jobs/job-fence.ts';
import { nextTurn } from './next-turn.ts';
import { endSweep, recordStrays, type Stray, type StrayKind } from './strays.ts';

export interface SweepDeps {
  readonly database: InstanceDatabase;
  readonly storage: BlobStorage;
}

export interface SweepInput {
  readonly now: number;
  readonly fence?: JobFence | undefined;
  readonly signal?: AbortSignal | undefined;
}

const PAGE_SIZE = 200;

/**
 * Compares what lies in the storage with the rows, and notes what no row leads to; it removes nothing.
 * @throws what a listing throws: then nothing that it saw counts (invariant 6).
 */
export async function sweepStrays(deps: SweepDeps, { now, fence, signal }: SweepInput): Promise<void> {
  const listings: readonly (readonly [StrayKind, AsyncIterable<string>])[] = [
    ['object', deps.storage.listObjectKeys(signal)],
    ['upload', deps.storage.listUploads(signal)],
  ];
  for (const [kind, listing] of listings) {
    for await (const names of inPages(listing)) {
      await nextTurn(signal);
      const strays = await findStrays(deps, kind, names);
      if (strays.length > 0) await deps.database.execute(recordStrays, { strays, seenAt: now, fence });
    }
  }
  await deps.database.execute(endSweep, { beganAt: now, fence });
}

async function* inPages(listing: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let page: string[] = [];
  for await (const name of listing) {
    page.push(name);
    if (page.length < PAGE_SIZE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** Asked of the rows after the listing: what was begun or committed before it was listed has its row by now. */
async function findStrays(
  { database, storage }: SweepDeps,
  kind: StrayKind,
  names: readonly string[],
): Promise<readonly Stray[]> {
  const known = new Set(await (kind === 'object' ? knownObjects : knownUploads)(database, names));
  const strays: Stray[] = [];
  for (const name of names) {
    if (known.has(name)) continue;
    const sizeBytes = kind === 'object' ? await storage.findObjectSize(name) : 0;
    if (sizeBytes !== undefined) strays.push({ kind, name, sizeBytes });
  }
  return strays;
}

async function knownObjects({ reader }: InstanceDatabase, keys: readonly string[]): Promise<readonly string[]> {
  const rows = await reader
    .selectFrom('blobs')
    .select('storage_key')
    .where('storage_key', 'in', [...keys])
    .execute();
  return rows.map((row) => row.storage_key);
}

async function knownUploads({ reader }: InstanceDatabase, ids: readonly string[]): Promise<readonly string[]> {
  const rows = await reader
    .selectFrom('uploads')
    .select('id')
    .where('id', 'in', [...ids])
    .execute();
  return rows.map((row) => row.id);
}
