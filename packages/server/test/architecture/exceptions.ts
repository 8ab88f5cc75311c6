/**
 * Files longer than the limit, each with the reason why splitting it would make it worse. A long function is excused
 * where it stands, by a `biome-ignore lint/complexity/noExcessiveLinesPerFunction: REASON` above it.
 */
export const LONG_FILES: Readonly<Record<string, string>> = {};
