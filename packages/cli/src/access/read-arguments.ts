import { usageError } from '../cli-error.ts';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** `90s`, `30m`, `24h` or `7d`, in seconds. @throws CliError usage */
export function readSeconds(option: string, text: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(amount) * (SECONDS[unit] ?? Number.NaN);
  if (Number.isSafeInteger(seconds)) return seconds;
  throw usageError(`${option} takes a time such as 30m, 24h or 7d`);
}

/** @throws CliError usage */
export function readDays(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw usageError('--days takes a number of days');
}

/** @param list the command that shows ids; @throws CliError usage */
export function readId(text: string, list: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw usageError(`${JSON.stringify(text)} is no id`, list);
}
