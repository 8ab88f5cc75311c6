import type { Runtime } from './runtime.ts';
import { stripControls } from './terminal/strip-controls.ts';

/** Where a command says what it found: results on stdout, everything else on stderr. */
export interface Printer {
  readonly json: boolean;
  readonly quiet: boolean;
  /** One JSON document with `--json`; the lines of `quiet` with `--quiet`; else those of `text`. */
  result(shapes: { readonly json: unknown; readonly text: () => string; readonly quiet?: () => string }): void;
  /** Bytes as they are, whatever the flags. */
  raw(bytes: Uint8Array): void;
  /** What a person may like to know; left out with `--json` and `--quiet`. */
  note(text: string): void;
  /** What a person has to know. */
  warn(text: string): void;
}

export function createPrinter(
  { stdout, stderr }: Pick<Runtime, 'stdout' | 'stderr'>,
  flags: { readonly json: boolean; readonly quiet: boolean },
): Printer {
  return {
    ...flags,
    result({ json, text, quiet }) {
      const shown = flags.json ? JSON.stringify(json, null, 2) : stripControls((flags.quiet && quiet ? quiet : text)());
      if (shown !== '') stdout.write(`${shown}\n`);
    },
    raw: (bytes) => void stdout.write(bytes),
    note(text) {
      if (!flags.json && !flags.quiet) stderr.write(`${stripControls(text)}\n`);
    },
    warn: (text) => void stderr.write(`roadstead: warning: ${stripControls(text)}\n`),
  };
}
