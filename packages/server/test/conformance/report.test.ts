import { expect, it } from 'vitest';
import { type ReportRow, renderReport, sumUp } from './report.ts';

const counts = { tests: 10, passed: 10, failed: 0, errors: 0, skipped: 0, disabled: 0 };
const row: ReportRow = { place: 'sqlite + files', suite: 'OCI suite 1.1', counts, findings: [], clean: true };

it('counts a clean row as passed only', () => {
  expect(sumUp([row, row])).toEqual({ passed: 20, failed: 0 });
});

it('counts what was skipped as failed', () => {
  expect(sumUp([{ ...row, counts: { ...counts, passed: 8, skipped: 2 }, clean: false }])).toEqual({
    passed: 8,
    failed: 2,
  });
});

it('counts a row that did not run as one failure, and says so in the table', () => {
  const unrun = { ...row, counts: undefined, findings: ['no Go'], clean: false };
  expect(sumUp([unrun])).toEqual({ passed: 0, failed: 1 });
  expect(renderReport([unrun], '# x')).toMatch(/NOT RUN[\s\S]*- no Go/);
});

it('counts a row whose counts are whole but which left a data set out as one failure', () => {
  expect(sumUp([{ ...row, clean: false }])).toEqual({ passed: 10, failed: 1 });
});
