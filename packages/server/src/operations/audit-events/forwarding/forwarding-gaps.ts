/**
 * Ids that were not there although higher ones were. Ids are given before the commit: such an entry may still come, from a
 * transaction that had not ended, or never, from one that was undone.
 */
export interface ForwardingGap {
  readonly from: number;
  /** The last of them. */
  readonly to: number;
  readonly seenAt: number;
  /** Transactions below this number had begun when it was seen. */
  readonly begunBefore: number;
}

/**
 * How long an id is looked for beyond the end of all transactions that had begun: one may have its id a moment before the
 * database counts it among them.
 */
export const GAP_GRACE_MS = 60_000;

/** The ids between those that are there. @param ids ascending, all above `after` */
export function findHoles(
  after: number,
  ids: readonly number[],
): readonly { readonly from: number; readonly to: number }[] {
  const holes: { from: number; to: number }[] = [];
  let last = after;
  for (const id of ids) {
    if (id > last + 1) holes.push({ from: last + 1, to: id - 1 });
    last = id;
  }
  return holes;
}

/** What is left of the gaps when these ids have come. @param ids ascending */
export function withoutIds(gaps: readonly ForwardingGap[], ids: readonly number[]): readonly ForwardingGap[] {
  return gaps.flatMap((gap) => {
    const inside = ids.filter((id) => gap.from <= id && id <= gap.to);
    return findHoles(gap.from - 1, [...inside, gap.to + 1]).map((hole) => ({ ...gap, ...hole }));
  });
}

/** Whether nothing comes there any more. @param oldestRunning the number of the oldest transaction that has not ended */
export function isGapOver(gap: ForwardingGap, oldestRunning: number, now: number): boolean {
  return oldestRunning >= gap.begunBefore && now - gap.seenAt >= GAP_GRACE_MS;
}
