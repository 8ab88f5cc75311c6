/** An instant as this API shows it; null when there is none. */
export function renderInstant(instantMs: number | null | undefined): string | null {
  return instantMs === null || instantMs === undefined ? null : new Date(instantMs).toISOString();
}
