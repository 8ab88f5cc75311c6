/** Where a page of referrers ended: in those that name their subject, by row, or in the fallback index, by position. */
export interface ReferrerCursor {
  readonly part: 'stored' | 'fallback';
  readonly position: number;
}

const FORM = /^([sf])(\d{1,15})$/;

export function formatReferrerCursor({ part, position }: ReferrerCursor): string {
  return `${part === 'stored' ? 's' : 'f'}${position}`;
}

/** @returns undefined for what `formatReferrerCursor` did not write. */
export function parseReferrerCursor(text: string): ReferrerCursor | undefined {
  const [, part, position] = FORM.exec(text) ?? [];
  return position === undefined
    ? undefined
    : { part: part === 's' ? 'stored' : 'fallback', position: Number(position) };
}
