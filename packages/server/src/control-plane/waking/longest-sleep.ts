/**
 * Nobody sleeps for longer, whatever is known of its work: what was lost with a database that came back from a backup, or
 * done by a version that knew nothing of sleep, is found then at the latest. Milliseconds.
 */
export const LONGEST_SLEEP_MS = 7 * 24 * 3_600_000;
