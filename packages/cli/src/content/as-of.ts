import { usageError } from '../cli-error.ts';

const FORM = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2}))?$/;

/**
 * The time of `--as-of`: as RFC 3339 writes it, or a day, which begins at midnight UTC.
 * @throws CliError usage
 */
export function readAsOf(text: string): Date {
  const at = new Date(text);
  if (FORM.test(text) && !Number.isNaN(at.getTime())) return at;
  throw usageError(`${JSON.stringify(text)} is no time`, 'write 2026-11-22T15:30Z, or a day: 2026-11-22');
}

/** The tag as it stood then, by the name that Roadstead has for it. */
export function tagAsOf(tag: string, at: Date): string {
  return `${tag}_as-of_${at.toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}Z`;
}
