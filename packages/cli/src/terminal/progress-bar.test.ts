import { expect, test } from 'vitest';
import { createProgressBar } from './progress-bar.ts';

test('a progress bar stays on its line, within the width of the terminal, and goes away', () => {
  let written = '';
  let timeMs = 0;
  const write = (text: string | Uint8Array) => {
    written += String(text);
  };
  const bar = createProgressBar('pull', { isTTY: true, columns: 60, write }, () => timeMs);
  bar.addItem(2000);
  timeMs = 1000;
  bar.addBytes(1000);
  expect(written).toContain('50%');
  expect(written).not.toContain('\n');
  const lines = written.split('\r\u001b[2K');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(60);
  bar.close();
  expect(written.endsWith('\r\u001b[2K')).toBe(true);
});
