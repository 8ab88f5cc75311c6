import { ProductError } from '../../../kernel/errors.ts';
import type { BaseEndHeader, RecordRef } from '../record.ts';
import { parseRecordName } from '../record-names.ts';
import type { LineageNames } from './find-lineages.ts';
import { type ChainRecord, followChain } from './follow-chain.ts';
import type { RecordSource } from './record-source.ts';

/** What a database is rebuilt from: all rows, and what has changed since. */
export interface ChosenRecords {
  readonly lineage: string;
  readonly base: BaseEndHeader;
  /** In their order, up to the last one with which they are one state of the database. */
  readonly changes: readonly ChainRecord[];
  /** When the state was read from the database that was lost; milliseconds UTC. */
  readonly at: number;
  /** Records of changes are known of, or lie in the storage, that nothing leads to any more. */
  readonly gap: ChainGap | undefined;
}

export interface ChainGap {
  /** The first that is missing or damaged. */
  readonly seq: number;
  /** The newest that is known of. */
  readonly newestSeq: number;
}

/**
 * Chooses the newest state that the records give.
 * @param asked a lineage, where there are several
 * @throws ProductError NOT_FOUND when there is none, CONFLICT when there are several that do not know each other
 */
export async function chooseRecords(
  source: RecordSource,
  lineages: readonly LineageNames[],
  asked: string | undefined,
): Promise<ChosenRecords> {
  const usable: ChosenRecords[] = [];
  for (const names of lineages) {
    if (asked !== undefined && names.lineage !== asked) continue;
    const chosen = await findUsable(source, names);
    if (chosen !== undefined) usable.push(chosen);
  }
  const replaced = new Set(usable.flatMap(({ base }) => base.replaces));
  const left = usable.filter(({ lineage }) => !replaced.has(lineage));
  const [chosen, ...others] = left.toSorted((one, other) => other.at - one.at);
  if (chosen === undefined) throw new ProductError('NOT_FOUND', describeNone(source, lineages));
  if (others.length > 0) throw new ProductError('CONFLICT', describeSeveral(left));
  return chosen;
}

async function findUsable(source: RecordSource, names: LineageNames): Promise<ChosenRecords | undefined> {
  const records = await readChain(source, names);
  for (const name of names.baseEnds) {
    const base = (await source.find(name, 'base-end'))?.header;
    if (base === undefined) continue;
    const chain = followChain(records, base.after);
    const whole = chain.slice(0, chain.findLastIndex(({ settled }) => settled) + 1);
    const reached = whole.at(-1)?.seq ?? base.after?.seq ?? 0;
    if (reached < base.settledSeq || !(await hasParts(source, base.parts))) continue;
    const end = chain.at(-1)?.seq ?? base.after?.seq ?? 0;
    const gap = end < names.newestSeq ? { seq: end + 1, newestSeq: names.newestSeq } : undefined;
    const confirmedAt = names.confirmed?.seq === reached ? names.confirmed.at : 0;
    const at = Math.max(whole.at(-1)?.at ?? base.at, confirmedAt);
    return { lineage: names.lineage, base, changes: whole, at, gap };
  }
  return undefined;
}

async function readChain(source: RecordSource, { changes }: LineageNames): Promise<readonly ChainRecord[]> {
  const records: ChainRecord[] = [];
  for (const name of changes) {
    const record = await source.find(name, 'changes');
    const parsed = parseRecordName(name);
    if (record === undefined || parsed === undefined) continue;
    const { seq, previous, settled, at } = record.header;
    const { sha256 } = record;
    records.push({ seq, name, sha256, fence: parsed.fence, previousSha256: previous?.sha256 ?? null, settled, at });
  }
  return records;
}

async function hasParts(source: RecordSource, parts: readonly RecordRef[]): Promise<boolean> {
  for (const { name, sha256 } of parts) {
    if ((await source.find(name, 'base-part'))?.sha256 !== sha256) return false;
  }
  return true;
}

function describeNone(source: RecordSource, lineages: readonly LineageNames[]): string {
  if (lineages.length === 0) {
    return 'the blob storage has no records to rebuild a database from: look at ROADSTEAD_BLOBS, ROADSTEAD_DATA and --instance';
  }
  const reasons = source.bad.slice(0, 3).map(({ name, reason }) => `${name}: ${reason}`);
  return (
    'the blob storage has records, and none of their bases is whole together with the changes that belong to it' +
    (reasons.length === 0 ? ': the first base had not ended' : ` (${reasons.join('; ')})`)
  );
}

function describeSeveral(usable: readonly ChosenRecords[]): string {
  const list = usable.map(({ lineage, at }) => `${lineage} (up to ${new Date(at).toISOString()})`).join(', ');
  return (
    `the blob storage has the records of several databases that do not know each other: ${list}. ` +
    'A server that was started on an empty database begins its own: say which one by --lineage'
  );
}
