import { describe, expect, it } from 'vitest';
import { createLogger } from './create-logger.ts';

const HOSTILE = [
  'line\r\n{"level":50,"msg":"forged"}',
  '"},{"level":50',
  'nul\u0000, tab\t, delete\u007f',
  '\u001b[2J',
  '\u009b2J',
  'next\u0085line',
  'line\u2028paragraph\u2029',
  '\u202egnp.exe',
  '\u2066isolate\u2069',
  'größe ✓ 日本',
];

describe('the log', () => {
  it.each(HOSTILE)('is one line without raw controls for each message, which keeps its text: %j', (text) => {
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => void lines.push(line) });
    logger.info({ userAgent: text }, text);
    expect(lines).toHaveLength(1);
    const line = lines[0] ?? '';
    expect(line.endsWith('}\n')).toBe(true);
    expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
    expect(JSON.parse(line)).toMatchObject({ level: 30, userAgent: text, msg: text });
  });
});
