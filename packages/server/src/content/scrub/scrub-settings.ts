/** How the scrub works. */
export interface ScrubSettings {
  /** How many bytes of stored copies it reads in a second; 0 switches it off. */
  readonly bytesPerSecond: number;
  /** How long one run reads before it lets other work have its turn, in milliseconds. */
  readonly runMs: number;
}

export const DEFAULT_SCRUB_SETTINGS: ScrubSettings = { bytesPerSecond: 20 * 1024 ** 2, runMs: 60_000 };
