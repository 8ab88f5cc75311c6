import type { BlobStorage } from '../../../drivers/blob-storage/blob-storage.ts';
import type { HeadHeader, RecordRef } from '../record.ts';
import { HEAD_NAME, parseRecordName } from '../record-names.ts';
import type { RecordSource } from './record-source.ts';

/** The names of the records of one lineage. */
export interface LineageNames {
  readonly lineage: string;
  readonly changes: ReadonlySet<string>;
  /** Ends of bases, the newest first. */
  readonly baseEnds: readonly string[];
  /** The newest changes that are known of. */
  readonly newestSeq: number;
  /** Up to when there were no other changes than those up to `seq`, as the head says. */
  readonly confirmed: { readonly seq: number; readonly at: number } | undefined;
}

/**
 * The lineages whose records lie in the storage. A list may leave something out, so the newest record is looked up in the head,
 * and whoever reads a record learns of the one before it.
 */
export async function findLineages(
  storage: Pick<BlobStorage, 'listRecords' | 'readRecord'>,
  source: RecordSource,
): Promise<readonly LineageNames[]> {
  const names = new Map<string, { changes: Set<string>; baseEnds: Set<string>; newestSeq: number }>();
  const add = (name: string) => {
    const parsed = parseRecordName(name);
    if (parsed === undefined) return;
    const found = names.get(parsed.lineage) ?? { changes: new Set(), baseEnds: new Set(), newestSeq: 0 };
    names.set(parsed.lineage, found);
    if (parsed.kind === 'base-end') found.baseEnds.add(name);
    if (parsed.kind !== 'changes') return;
    found.changes.add(name);
    found.newestSeq = Math.max(found.newestSeq, parsed.seq);
  };
  for await (const name of storage.listRecords()) add(name);
  const head = await findHead(storage, source);
  if (head?.base) add(head.base.name);
  if (head?.last) add(head.last.name);
  await addEarlier(storage, source, names.get(head?.lineage ?? '')?.changes ?? new Set(), head?.last ?? null);
  return [...names].map(([lineage, { changes, baseEnds, newestSeq }]) => ({
    lineage,
    changes,
    baseEnds: [...baseEnds].toSorted().toReversed(),
    newestSeq,
    confirmed: lineage === head?.lineage ? { seq: head.last?.seq ?? 0, at: head.at } : undefined,
  }));
}

async function findHead(
  storage: Pick<BlobStorage, 'readRecord'>,
  source: RecordSource,
): Promise<HeadHeader | undefined> {
  if ((await storage.readRecord(HEAD_NAME)) === undefined) return undefined;
  return (await source.find(HEAD_NAME, 'head'))?.header;
}

/** Those that no list has shown, from the newest backwards, up to one that it has shown or that is not there (any more). */
async function addEarlier(
  storage: Pick<BlobStorage, 'readRecord'>,
  source: RecordSource,
  known: Set<string>,
  newest: RecordRef | null,
): Promise<void> {
  const listed = new Set([...known].filter((name) => name !== newest?.name));
  for (let ref = newest; ref !== null && !listed.has(ref.name); ) {
    if ((await storage.readRecord(ref.name)) === undefined) return;
    known.add(ref.name);
    const record = await source.find(ref.name, 'changes');
    ref = record?.header.previous ?? null;
  }
}
