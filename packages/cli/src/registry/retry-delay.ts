/** A server that asks for a longer pause than this is shown to the user instead of waited for. */
export const MAX_RETRY_AFTER_MS = 120_000;

const FIRST_DELAY_MS = 400;
const MAX_DELAY_MS = 10_000;

/** Pauses that double from attempt 1 on; each is drawn from its upper half, so that many clients do not return at once. */
export function createBackoff(random: () => number): (attempt: number) => number {
  return (attempt) => {
    const ceilingMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
    return Math.round(ceilingMs / 2 + (random() * ceilingMs) / 2);
  };
}

/** `Retry-After` (RFC 9110 §10.2.3): whole seconds or a date. */
export function findRetryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^[0-9]{1,9}$/.test(text)) return Number(text) * 1000;
  const dateMs = Date.parse(text);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
