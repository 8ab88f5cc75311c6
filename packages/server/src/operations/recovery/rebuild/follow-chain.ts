import type { ChainLink } from '../record.ts';

/** A record of changes, without its rows. */
export interface ChainRecord extends ChainLink {
  readonly fence: number;
  /** Of the one before; null for the first. */
  readonly previousSha256: string | null;
  readonly settled: boolean;
  readonly at: number;
}

/**
 * The longest chain of records of changes after `after`: each names the checksum of the one before, so nothing can be missing in
 * between. Where a crash has left two of one number, the one that others follow counts, else the one of the newer lease.
 */
export function followChain(records: readonly ChainRecord[], after: ChainLink | null): readonly ChainRecord[] {
  const bySeq = Map.groupBy(records, ({ seq }) => seq);
  const reach = new Map<string, number>();
  const next = (sha256: string | null, seq: number) =>
    (bySeq.get(seq + 1) ?? []).filter(({ previousSha256 }) => previousSha256 === sha256);
  for (const record of records.toSorted((left, right) => right.seq - left.seq)) {
    const further = next(record.sha256, record.seq).map(({ sha256 }) => reach.get(sha256) ?? 0);
    reach.set(record.sha256, Math.max(record.seq, ...further));
  }
  const reachOf = ({ sha256 }: ChainRecord) => reach.get(sha256) ?? 0;
  const chain: ChainRecord[] = [];
  let [sha256, seq] = [after?.sha256 ?? null, after?.seq ?? 0];
  for (;;) {
    const [best] = next(sha256, seq).toSorted(
      (left, right) => reachOf(right) - reachOf(left) || right.fence - left.fence,
    );
    if (best === undefined) return chain;
    chain.push(best);
    [sha256, seq] = [best.sha256, best.seq];
  }
}
