/** `start` inclusive, `end` exclusive; `0 <= start < end <= size`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export type ByteRanges =
  /** Send the whole with 200. */
  | { readonly kind: 'none' }
  /** Answer 416 with `Content-Range: bytes *` and `/size`. */
  | { readonly kind: 'unsatisfiable' }
  /** Answer 206; the ranges stand in the order asked for, at least one. */
  | { readonly kind: 'ranges'; readonly ranges: readonly ByteRange[] };

const MAX_RANGES = 16;
const WHOLE: ByteRanges = { kind: 'none' };
const UNSATISFIABLE: ByteRanges = { kind: 'unsatisfiable' };

/** A reversed range is told apart: RFC 9110 §14.2 lets a server reject it, and the OCI conformance suite wants that. */
type RangeSpec = ByteRange | 'malformed' | 'reversed' | 'unsatisfiable';

/**
 * Reads a Range header (RFC 9110 §14.1.2, §14.2) against a content of `sizeBytes`.
 * Up to 16 ranges that do not overlap are served; for anything that could amplify an answer, the whole is sent.
 * Of an empty content the whole is sent rather than 416, so that clients which always ask for `bytes=0-` get it.
 */
export function parseByteRanges(header: string | null | undefined, sizeBytes: number): ByteRanges {
  const specs = splitRangeSpecs(header);
  if (specs === undefined) return WHOLE;
  const parsed = specs.map((spec) => parseRangeSpec(spec, sizeBytes));
  if (parsed.includes('malformed')) return WHOLE;
  if (parsed.includes('reversed')) return UNSATISFIABLE;
  const ranges = parsed.filter((range) => typeof range !== 'string');
  if (ranges.length === 0) return UNSATISFIABLE;
  if (sizeBytes === 0 || overlap(ranges)) return WHOLE;
  return { kind: 'ranges', ranges };
}

/** @returns the specs of a `bytes=` header; undefined when there are none, too many, or another unit. */
function splitRangeSpecs(header: string | null | undefined): readonly string[] | undefined {
  const equals = header?.indexOf('=') ?? -1;
  if (
    header === null ||
    header === undefined ||
    header.slice(0, Math.max(equals, 0)).trim().toLowerCase() !== 'bytes'
  ) {
    return undefined;
  }
  const specs = header
    .slice(equals + 1)
    .split(',')
    .map((spec) => spec.trim())
    .filter((spec) => spec !== '');
  return specs.length === 0 || specs.length > MAX_RANGES ? undefined : specs;
}

function parseRangeSpec(spec: string, sizeBytes: number): RangeSpec {
  const [, first, last] = /^(\d*)-(\d*)$/.exec(spec) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'malformed';
  if (first === '') {
    const length = toSafeInteger(last);
    return length === 0 ? 'unsatisfiable' : { start: Math.max(0, sizeBytes - length), end: sizeBytes };
  }
  const start = toSafeInteger(first);
  if (last !== '' && compareDigits(last, first) < 0) return 'reversed';
  // Of an empty content, a range from its beginning stands for all of it.
  if (start >= sizeBytes && start > 0) return 'unsatisfiable';
  return { start, end: last === '' ? sizeBytes : Math.min(toSafeInteger(last) + 1, sizeBytes) };
}

/** Larger than any content is large enough. */
function toSafeInteger(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER - 1);
}

function compareDigits(left: string, right: string): number {
  const a = left.replace(/^0+/, '');
  const b = right.replace(/^0+/, '');
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

function overlap(ranges: readonly ByteRange[]): boolean {
  const sorted = ranges.toSorted((left, right) => left.start - right.start);
  return sorted.some((range, index) => index > 0 && range.start < (sorted[index - 1]?.end ?? 0));
}

/** An uploaded chunk's place; both ends belong to it. */
export interface ContentRange {
  readonly start: number;
  readonly endInclusive: number;
}

/**
 * Reads the Content-Range of an uploaded chunk: `<start>-<end>` as the distribution spec writes it, or `bytes a-b/N` and
 * `bytes a-b/*` as RFC 9110 §14.4 does.
 * @returns undefined when it is neither, or when the numbers make no sense.
 */
export function parseContentRange(header: string): ContentRange | undefined {
  const match = /^\s*(?:(\d{1,16})-(\d{1,16})|bytes\s+(\d{1,16})-(\d{1,16})\/(?:\*|(\d{1,16})))\s*$/i.exec(header);
  if (match === null) return undefined;
  const start = Number(match[1] ?? match[3]);
  const endInclusive = Number(match[2] ?? match[4]);
  // The end stays below the largest safe integer too, so that the size which it implies is one.
  const totalBytes = Math.min(Number(match[5] ?? Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  if (start > endInclusive || endInclusive >= totalBytes) return undefined;
  return { start, endInclusive };
}

/** The Range header of an upload that holds `sizeBytes`. An empty one cannot be said; registries write `0-0`. */
export function formatUploadRange(sizeBytes: number): string {
  return `0-${Math.max(0, sizeBytes - 1)}`;
}
