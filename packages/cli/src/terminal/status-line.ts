import type { TextOutput } from '../runtime.ts';
import { stripControls } from './strip-controls.ts';

/** One line at the bottom of a terminal that says what is going on now. */
export interface StatusLine {
  show(text: string): void;
  /** Removes it, so that other text can be written. */
  close(): void;
}

export const SILENT_STATUS: StatusLine = { show() {}, close() {} };

const CLEAR = '\r\u001b[2K';
/** Some pseudo-terminals have no size, or 0. */
const DEFAULT_COLUMNS = 80;

export function createStatusLine(output: TextOutput): StatusLine {
  return {
    show(text) {
      const width = Math.max(20, (output.columns || DEFAULT_COLUMNS) - 1);
      output.write(`${CLEAR}${stripControls(text).replaceAll('\n', ' ').slice(0, width)}`);
    },
    close() {
      output.write(CLEAR);
    },
  };
}
