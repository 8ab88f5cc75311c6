const MIB = 1024 * 1024;

/** What S3 asks of every part but the last. */
export const MIN_PART_BYTES = 5 * MIB;
/** What S3 allows for one object. */
export const MAX_PARTS = 10_000;

/** So many parts have this size, then the next row holds. Together they hold more than 1 TiB. */
const STEPS: readonly { readonly parts: number; readonly sizeBytes: number }[] = [
  { parts: 1_000, sizeBytes: 8 * MIB },
  { parts: 2_000, sizeBytes: 32 * MIB },
  { parts: MAX_PARTS, sizeBytes: 144 * MIB },
];

/**
 * How large the part of this number (from 1 on) shall be. A part lies in memory until the store has it, so the sizes of the
 * first ones are small; the later ones are so large that 10,000 of them are enough for 1 TiB.
 */
export function partSizeBytes(partNumber: number): number {
  let last = 0;
  for (const { parts, sizeBytes } of STEPS) {
    last += parts;
    if (partNumber >= 1 && partNumber <= Math.min(last, MAX_PARTS)) return sizeBytes;
  }
  throw new RangeError(`an object has no part ${partNumber}`);
}
