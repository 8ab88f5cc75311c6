import { describe, expect, it } from 'vitest';
import { createKey, erasure, makeExport, sampleEntry } from '../../test/sample-export.ts';
import type { AuditReport } from './audit-report.ts';
import { AuditVerifier, type AuditVerifierOptions } from './audit-verifier.ts';

const KEY = createKey();
const ENTRIES = Array.from({ length: 23 }, (_, index) => sampleEntry(index + 100));
const SAMPLE = makeExport(ENTRIES, KEY);

function verify(lines: readonly string[], options: AuditVerifierOptions = {}): AuditReport {
  const verifier = new AuditVerifier(options);
  for (const line of lines) verifier.addLine(line);
  return verifier.finish();
}

const summary = (report: AuditReport) =>
  report.findings.map(({ kind, id, position, range }) => ({ kind, id, position, range }));
const isEntry = (line: string, id: number) => line.includes(`"id":${id},`) && line.startsWith('{"type":"entry"');
const lineOf = (id: number) => SAMPLE.lines.findIndex((line) => isEntry(line, id));
const edit = (id: number, change: (line: string) => string) =>
  SAMPLE.lines.map((line) => (isEntry(line, id) ? change(line) : line));
const given = { keys: [KEY.key], witnesses: [SAMPLE.notes.join('\n')] };

describe('the verifier', () => {
  it('finds nothing in what was logged, and says what it cannot see', () => {
    const alone = verify(SAMPLE.lines);
    expect(alone).toMatchObject({
      isWhole: true,
      size: 23,
      signedSize: 23,
      checkpoints: 5,
      keySource: 'file',
      findings: [],
    });
    expect(alone.limits.join(' ')).toMatch(/cannot be seen without a witness.*key was taken from the file/s);
    expect(verify(SAMPLE.lines, given)).toMatchObject({ isWhole: true, keySource: 'given', witnessed: 5, limits: [] });
  });

  it('names an entry whose content is another one', () => {
    const report = verify(edit(107, (line) => line.replace('user:7', 'user:8')));
    expect(summary(report)).toEqual([{ kind: 'altered', id: 107, position: 7, range: undefined }]);
    expect(report.findings[0]?.text).toContain('107');
  });

  it('names an entry whose number or instant does not fit its content', () => {
    for (const change of ['"id":907,', '"id":107,"at":5,']) {
      const report = verify(
        edit(107, (line) => line.replace(change.startsWith('"id":9') ? '"id":107,' : /"id":107,"at":\d+,/, change)),
      );
      expect(summary(report)[0]).toMatchObject({ kind: 'altered', position: 7 });
      expect(report.findings.some(({ kind }) => kind === 'rewritten')).toBe(true);
    }
  });

  it('names the range in which an entry was rewritten together with its hash', () => {
    const other = makeExport(
      ENTRIES.map((each) => (each.id === 107 ? sampleEntry(107, 'nothing.happened') : each)),
      KEY,
    );
    const forged = SAMPLE.lines.with(lineOf(107), other.lines[lineOf(107)] ?? '');
    expect(summary(verify(forged))).toEqual([{ kind: 'rewritten', id: undefined, position: undefined, range: [5, 9] }]);
  });

  it('goes on behind it, and names the next one', () => {
    const other = makeExport(
      ENTRIES.map((each) => ([107, 118].includes(each.id) ? sampleEntry(each.id, 'other') : each)),
      KEY,
    );
    const forged = SAMPLE.lines.map((line, index) =>
      [lineOf(107), lineOf(118)].includes(index) ? (other.lines[index] ?? '') : line,
    );
    expect(summary(verify(forged)).map(({ kind, range }) => [kind, range])).toEqual([
      ['rewritten', [5, 9]],
      ['rewritten', [15, 19]],
    ]);
  });

  it('names an entry that is gone, one that is twice there, and one at another place', () => {
    const gone = verify(SAMPLE.lines.toSpliced(lineOf(107), 1));
    expect(summary(gone)).toEqual([{ kind: 'deleted', id: undefined, position: 7, range: undefined }]);
    const twice = verify(SAMPLE.lines.toSpliced(lineOf(109), 0, SAMPLE.lines[lineOf(107)] ?? ''));
    expect(summary(twice)).toEqual([{ kind: 'inserted', id: 107, position: 7, range: undefined }]);
    const [left = '', right = ''] = [SAMPLE.lines[lineOf(107)], SAMPLE.lines[lineOf(108)]];
    const swapped = SAMPLE.lines.with(lineOf(107), right).with(lineOf(108), left);
    expect(summary(verify(swapped))).toEqual([{ kind: 'reordered', id: 107, position: 7, range: undefined }]);
  });

  it('names the range when entries were exchanged together with their positions', () => {
    const at = ENTRIES.findIndex(({ id }) => id === 107);
    const [left, right] = [ENTRIES[at], ENTRIES[at + 1]];
    if (left === undefined || right === undefined) throw new Error('the sample is too short');
    const other = makeExport(ENTRIES.with(at, right).with(at + 1, left), KEY);
    const forged = SAMPLE.lines
      .with(lineOf(107), other.lines[lineOf(107)] ?? '')
      .with(lineOf(108), other.lines[lineOf(108)] ?? '');
    expect(summary(verify(forged))).toMatchObject([{ kind: 'rewritten', range: [5, 9] }]);
  });

  it('names rows that the journal has lost or got without the log', () => {
    const missing = (line: string) => {
      const { salt: _, payload: __, ...rest } = JSON.parse(line);
      return JSON.stringify({ ...rest, type: 'missing' });
    };
    expect(summary(verify(edit(107, missing)))).toMatchObject([{ kind: 'deleted', id: 107, position: 7 }]);
    const unlogged = JSON.stringify({ type: 'unlogged', id: 99, payload: '{"id":99}' });
    expect(summary(verify(SAMPLE.lines.toSpliced(-1, 0, unlogged)))).toMatchObject([{ kind: 'inserted', id: 99 }]);
  });

  it('takes a stump that an erasure tells of, and names one that none does', () => {
    const entries = [...ENTRIES, erasure(123, ['101-103', '110'])];
    const told = makeExport(entries, KEY, { erased: [101, 102, 103, 110] });
    expect(verify(told.lines)).toMatchObject({ isWhole: true, erased: 4 });
    const untold = makeExport(entries, KEY, { erased: [101, 102, 103, 104, 110] });
    expect(summary(verify(untold.lines))).toMatchObject([{ kind: 'deleted', id: 104 }]);
  });

  it('cannot see a cut at the end without a witness, and says so; with one it names what is gone', () => {
    const cut = makeExport(ENTRIES.slice(0, 15), KEY).lines;
    const alone = verify(cut);
    expect(alone.isWhole).toBe(true);
    expect(alone.limits.join(' ')).toContain('cannot be seen without a witness');
    expect(summary(verify(cut, given))).toEqual([
      { kind: 'truncated', id: undefined, position: undefined, range: [15, 22] },
    ]);
    expect(summary(verify(makeExport([], KEY).lines, given))).toMatchObject([{ kind: 'truncated', range: [0, 22] }]);
  });

  it('sees with a witness that everything was written anew, with the same key', () => {
    const other = makeExport(
      ENTRIES.map((each) => (each.id === 107 ? sampleEntry(107, 'other') : each)),
      KEY,
    );
    expect(verify(other.lines).isWhole).toBe(true);
    expect(summary(verify(other.lines, given)).map(({ kind, position }) => [kind, position])).toEqual([
      ['forked', 9],
      ['forked', 14],
      ['forked', 19],
      ['forked', 22],
    ]);
  });

  it('sees another key when it knows the right one, or has a witness', () => {
    const forged = makeExport(ENTRIES, createKey());
    const alone = verify(forged.lines);
    expect(alone.isWhole).toBe(true);
    expect(alone.limits.join(' ')).toContain('key was taken from the file itself');
    const kinds = (report: AuditReport) => [...new Set(report.findings.map(({ kind }) => kind))];
    expect(kinds(verify(forged.lines, { keys: [KEY.key] }))).toEqual(['signature']);
    expect(kinds(verify(forged.lines, { witnesses: given.witnesses }))).toEqual(['signature']);
    expect(verify(forged.lines, { keys: [KEY.key] }).signedSize).toBe(0);
  });

  it('says that what is behind the last checkpoint is not vouched for', () => {
    const lines = SAMPLE.lines.filter((line) => !(line.includes('"checkpoint"') && line.includes('\\n23\\n')));
    const report = verify(lines);
    expect(report).toMatchObject({ isWhole: true, signedSize: 20 });
    expect(report.limits[0]).toContain('3 entries are behind the last checkpoint');
  });

  it('names checkpoints that were moved, changed or are of another log', () => {
    const at = SAMPLE.lines.findIndex((line) => line.startsWith('{"type":"checkpoint"'));
    const line = SAMPLE.lines[at] ?? '';
    const moved = SAMPLE.lines.toSpliced(at, 1).toSpliced(at + 2, 0, line);
    expect(summary(verify(moved))).toMatchObject([{ kind: 'checkpoint' }]);
    const changed = SAMPLE.lines.with(at, line.replace('\\n5\\n', '\\n6\\n'));
    expect(summary(verify(changed)).map(({ kind }) => kind)).toEqual(['signature', 'checkpoint']);
    const others = SAMPLE.lines.with(at, line.replaceAll('roadstead/main', 'roadstead/other'));
    expect(summary(verify(others))).toMatchObject([{ kind: 'checkpoint' }]);
  });

  it('names what is no export, or only a part of one', () => {
    expect(summary(verify(SAMPLE.lines.slice(0, -1)))).toMatchObject([{ kind: 'format' }]);
    expect(summary(verify(SAMPLE.lines.slice(1))).every(({ kind }) => kind === 'format' || kind === 'checkpoint')).toBe(
      true,
    );
    expect(verify([]).isWhole).toBe(false);
    const torn = (text: string) => verify(SAMPLE.lines.with(4, text)).findings[0]?.kind;
    const entry = SAMPLE.lines[4] ?? '';
    for (const text of [
      '',
      '[]',
      'x',
      '{"type":"constructor"}',
      entry.replace('"hash"', '"Hash"'),
      entry.replace(/"id":\d+/, '"id":1e2'),
      `${entry}${entry}`,
    ]) {
      if (text !== entry.replace(/"id":\d+/, '"id":1e2')) expect(torn(text)).toBe('format');
      else expect(torn(text)).not.toBeUndefined();
    }
    expect(summary(verify([...SAMPLE.lines, SAMPLE.lines[4] ?? '']))[0]).toMatchObject({ kind: 'format' });
  });

  it('takes a witness that was torn, and refuses one of another log', () => {
    const torn = { ...given, witnesses: [`${SAMPLE.notes.join('\n')}\nroadstead/main\n2`] };
    expect(verify(SAMPLE.lines, torn)).toMatchObject({ isWhole: true, witnessed: 5 });
    const other = { ...given, witnesses: [SAMPLE.notes.join('\n').replaceAll('roadstead/main', 'roadstead/b')] };
    expect(summary(verify(SAMPLE.lines, other))).toMatchObject([{ kind: 'format' }]);
  });
});
