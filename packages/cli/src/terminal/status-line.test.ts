import { expect, test } from 'vitest';
import { createStatusLine } from './status-line.ts';

test('a status stays on its line, within the width of the terminal, and goes away', () => {
  let written = '';
  const write = (text: string | Uint8Array) => {
    written += String(text);
  };
  const status = createStatusLine({ isTTY: true, columns: 40, write });
  status.show('first');
  status.show(`second\n\u001b[2J${'x'.repeat(100)}`);
  status.close();
  const [, first, second, last] = written.split('\r\u001b[2K');
  expect(first).toBe('first');
  expect(second).toMatch(/^second \ufffd\[2Jx+$/);
  expect(second).toHaveLength(39);
  expect(last).toBe('');
});
