const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** `90_000` → `1.5 min`. */
export function formatDuration(milliseconds: number): string {
  for (const [unit, size] of UNITS) {
    if (milliseconds >= size) return `${Number((milliseconds / size).toFixed(1))} ${unit}`;
  }
  return `${milliseconds} ms`;
}
