/** A tag as it stood at a time. */
export interface TagAsOf {
  readonly tag: string;
  /** Milliseconds UTC; a move in this very millisecond counts. */
  readonly at: number;
}

const FORM = /^(?<tag>.+)_as-of_(?<date>\d{8})T(?<time>\d{4}|\d{6})Z$/;

/**
 * Reads `<tag>_as-of_<time>`, which every client takes for a tag: `1.2_as-of_20261122T1530Z`, the time in UTC, with or without
 * seconds.
 * @returns undefined for any other tag, and for a time that there is not
 */
export function parseTagAsOf(text: string): TagAsOf | undefined {
  const { tag, date, time } = FORM.exec(text)?.groups ?? {};
  if (tag === undefined || date === undefined || time === undefined) return undefined;
  const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
  const at = parseInstant(`${day}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4) || '00'}Z`);
  return at === undefined ? undefined : { tag, at };
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2})$/;

/** An instant as RFC 3339 writes it. @returns milliseconds UTC; undefined for anything else, the 30th of February too */
export function parseInstant(text: string): number | undefined {
  if (!INSTANT.test(text)) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) return undefined;
  // `Date` takes the 30th of February for the 2nd of March.
  const [, month = '', day = ''] = /^\d{4}-(\d{2})-(\d{2})/.exec(text) ?? [];
  return isDayOf(Number(text.slice(0, 4)), Number(month), Number(day)) ? at : undefined;
}

function isDayOf(year: number, month: number, day: number): boolean {
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
