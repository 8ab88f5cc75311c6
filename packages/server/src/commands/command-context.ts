import type { Clock } from '../kernel/clock.ts';

/** What a command has of the world around it; tests put their own in its place. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingDir: string;
  readonly clock: Clock;
  /** Writes what was asked for; the text brings its line breaks. */
  print(text: string): void;
  /** Writes what is beside it: warnings, progress, errors. */
  printError(text: string): void;
  /** Everything on the standard input, as text. */
  readInput(): Promise<string>;
  wait(milliseconds: number): Promise<void>;
}

/** What the process says with its exit code; the same numbers as the `roadstead` command's. */
export const EXIT_CODE = { ok: 0, failure: 1, usage: 2 } as const;

export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];

/** The command line is wrong; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
