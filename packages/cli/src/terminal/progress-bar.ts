import type { TextOutput } from '../runtime.ts';
import { formatBytes } from './format-bytes.ts';

/** Told by a transfer what there is to do and what is done. */
export interface Progress {
  /** More work is known: so many bytes in one more item. */
  addItem(byteCount: number): void;
  /** Bytes of it have moved; negative when some must move again. */
  addBytes(byteCount: number): void;
  finishItem(): void;
  /** Removes the bar, so that other text can be written. */
  close(): void;
}

export const SILENT_PROGRESS: Progress = { addItem() {}, addBytes() {}, finishItem() {}, close() {} };

const REDRAW_MS = 100;
const BAR_WIDTH = 24;
/** Some pseudo-terminals have no size, or 0. */
const DEFAULT_COLUMNS = 80;

/** One line at the bottom of the terminal: share, bytes, speed and items. */
export function createProgressBar(label: string, output: TextOutput, nowMs: () => number): Progress {
  const startedMs = nowMs();
  const total = { bytes: 0, items: 0 };
  const done = { bytes: 0, items: 0 };
  let drawnMs = Number.NEGATIVE_INFINITY;

  function draw(): void {
    const timeMs = nowMs();
    if (timeMs - drawnMs < REDRAW_MS) return;
    drawnMs = timeMs;
    const share = total.bytes === 0 ? 0 : Math.min(1, done.bytes / total.bytes);
    const filled = Math.round(share * BAR_WIDTH);
    const bytesPerSecond = done.bytes / Math.max(0.001, (timeMs - startedMs) / 1000);
    const line = [
      `${label} [${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]`,
      `${Math.floor(share * 100)}%`,
      `${formatBytes(done.bytes)} of ${formatBytes(total.bytes)}`,
      `${formatBytes(Math.max(0, Math.round(bytesPerSecond)))}/s`,
      `${done.items}/${total.items} blobs`,
    ].join('  ');
    output.write(`\r\u001b[2K${line.slice(0, Math.max(20, (output.columns || DEFAULT_COLUMNS) - 1))}`);
  }

  return {
    addItem(byteCount) {
      total.bytes += byteCount;
      total.items += 1;
      draw();
    },
    addBytes(byteCount) {
      done.bytes += byteCount;
      draw();
    },
    finishItem() {
      done.items += 1;
      draw();
    },
    close() {
      output.write('\r\u001b[2K');
    },
  };
}
