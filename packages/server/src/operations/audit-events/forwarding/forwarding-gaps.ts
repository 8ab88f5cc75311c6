/**
 * Ids that were not there although higher ones were. Ids are given before the commit: such an entry may still come, from a
 * transaction that had not ended, or never, from one that was undone.
 */
export interface ForwardingGap {
  readonly from: number;
  /** The last of them. */
  readonly to: number;
  /** Whose transactions were open when it was seen. Absent in what 0.3.0 has noted: whoever's are open now. */
  readonly writers?: readonly string[];
}

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

/** The gap with those of its writers who are still at it: when there are none, nothing comes there any more. */
export function waitFor(
  gap: ForwardingGap,
  openWriters: readonly string[],
): ForwardingGap & { readonly writers: readonly string[] } {
  return { ...gap, writers: (gap.writers ?? openWriters).filter((writer) => openWriters.includes(writer)) };
}
