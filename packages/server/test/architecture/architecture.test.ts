import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LONG_FILES } from './exceptions.ts';
import { findViolations, type Violation } from './find-violations.ts';
import { MAX_FILE_LINES } from './import-table.ts';
import { listSourceFiles } from './list-source-files.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const FIXTURES = path.join(import.meta.dirname, 'fixtures');

function format(violations: readonly Violation[]): string {
  return violations.map(({ rule, file, line, message }) => `${file}:${line} [${rule}] ${message}`).join('\n');
}

describe('the house', () => {
  const files = listSourceFiles(ROOT);

  it('has sources that the rules can be checked on', () => {
    expect(files.some((file) => file.package === 'server')).toBe(true);
  });

  it('keeps the import direction, the limits and its other rules', () => {
    expect(format(findViolations(files, LONG_FILES))).toBe('');
  });

  it('has 95 files of 100 within the limit of lines', () => {
    const lengths = files.map((file) => file.lineCount).sort((a, b) => a - b);
    expect(lengths[Math.ceil(lengths.length * 0.95) - 1]).toBeLessThanOrEqual(MAX_FILE_LINES);
  });

  it('excuses no file that is gone, short, or listed without a reason', () => {
    const stale = Object.entries(LONG_FILES).filter(([name, reason]) => {
      const file = files.find((one) => one.path === name);
      return file === undefined || file.lineCount <= MAX_FILE_LINES || reason.trim() === '';
    });
    expect(stale).toEqual([]);
  });
});

describe('the rules', () => {
  const planted = listSourceFiles(FIXTURES);
  const violations = findViolations(planted, {});
  /** Each fixture says on its first line which rule it breaks, or that it breaks none. */
  const expected = planted.map((file) => {
    const firstLine = readFileSync(path.join(FIXTURES, file.path), 'utf8').split('\n')[0] ?? '';
    const rule = /^\/\/ breaks: (\S+)/.exec(firstLine)?.[1];
    if (rule === undefined) throw new Error(`${file.path} does not say what it breaks`);
    return { file: file.path, rule };
  });

  it.each(expected)('report $rule in $file', ({ file, rule }) => {
    const found = violations.filter((violation) => violation.file === file).map((violation) => violation.rule);
    expect(found).toEqual(rule === 'nothing' ? [] : [rule]);
  });

  it('have each a planted violation', () => {
    const source = readFileSync(path.join(import.meta.dirname, 'find-violations.ts'), 'utf8');
    const rules = new Set([...source.matchAll(/(?:rule: |\[\s*)'([a-z]+(?:-[a-z]+)+)'/g)].map((match) => match[1]));
    const shown = new Set(expected.map(({ rule }) => rule));
    expect(rules.size).toBeGreaterThan(8);
    expect([...rules].filter((rule) => rule !== undefined && !shown.has(rule))).toEqual([]);
  });

  it('do not look at the fixtures when they check the house', () => {
    expect(existsSync(FIXTURES)).toBe(true);
    expect(listSourceFiles(ROOT).some((file) => file.path.includes('fixtures'))).toBe(false);
  });
});
