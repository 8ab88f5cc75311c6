import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './options.ts';

/** An option that takes a number; `readCount` reads it. */
export function countOption(fallback: number) {
  return { type: 'string', default: String(fallback) } as const;
}

export const FLAG_OPTION = { type: 'boolean', default: false } as const;

/** @throws UsageError when there is an option that is none, or one without its value */
export function readArguments<const Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A whole number from 1 on, of so many digits at most. @throws UsageError */
export function readCount(option: string, text: string, maxDigits: number): number {
  if (/^[1-9]\d*$/.test(text) && text.length <= maxDigits) return Number(text);
  throw new UsageError(`${option} is a whole number from 1 on, and not ${text}`);
}

/** Tells whoever waits how far a benchmark is. */
export function say(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}
