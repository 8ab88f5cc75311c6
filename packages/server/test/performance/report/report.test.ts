import { expect, it } from 'vitest';
import type { BenchReport, ComparedCell, RowOutcome, Sample } from '../bench-result.ts';
import { judgeCpuRatio, judgeRate } from '../measure/judge.ts';
import { spreadOf } from '../measure/statistics.ts';
import { formatFigure, formatSpread } from './format-figure.ts';
import { renderGrowthChart } from './growth-chart.ts';
import { renderRatioChart } from './ratio-chart.ts';
import { renderMarkdown } from './render-markdown.ts';
import { logTicks } from './svg.ts';

const SAMPLE: Sample = {
  count: 1,
  bytes: 1,
  seconds: 1,
  p50Ms: 1,
  p99Ms: 2,
  serverCpuSeconds: 1,
  loadShare: 0.95,
  otherCores: 0.4,
};

const CELL: ComparedCell = {
  id: 'get',
  title: 'GET <small> & large',
  unit: 'requests/s',
  costUnit: 'µs/request',
  ours: { samples: [SAMPLE], rate: spreadOf([12_000, 15_000]), cpu: spreadOf([60]), p99Ms: spreadOf([3]) },
  peer: { samples: [SAMPLE], rate: spreadOf([1_000]), cpu: spreadOf([1_000]), p99Ms: spreadOf([300]) },
  rateRatio: spreadOf([12, 15]),
  cpuRatio: spreadOf([0.06]),
};

const times = [0.2, 0.21];
const GROWTH = {
  title: 'tags, first page',
  server: 'Roadstead',
  isOurs: true,
  points: [10, 1_000_000].map((size) => ({
    size,
    timesMs: times,
    timeMs: spreadOf(times),
    cpuMicroseconds: undefined,
    names: 100,
  })),
  ratio: spreadOf([1.1]),
  fullPageRatio: spreadOf([1.05]),
};

const base = { seconds: 1, result: undefined, skipped: undefined, error: undefined };
const measured: RowOutcome = {
  ...base,
  name: 'manifests',
  title: 'Manifests',
  result: {
    name: 'manifests',
    title: 'Manifests',
    cells: [CELL],
    growth: [GROWTH],
    memory: [],
    verdicts: [judgeRate(CELL, 20), ...judgeCpuRatio(CELL, 1)],
    notes: [],
  },
};

const REPORT: BenchReport = {
  startedAt: '2026-01-01T00:00:00.000Z',
  seconds: 600,
  machine: {
    processor: 'Some CPU',
    coreCount: 2,
    memoryGigabytes: 24,
    kernel: '6.1',
    node: '24.0.0',
    commit: undefined,
    loadAverage: [1.5, 1, 1],
  },
  peer: 'docker-registry 2.8.3',
  isPeerAuthenticated: false,
  rounds: 5,
  isQuick: false,
  rows: [
    measured,
    { ...base, name: 'sendfile', title: 'Sendfile', skipped: 'the server does not know it' },
    { ...base, name: 'broken', title: 'Broken', error: 'a wrong answer' },
  ],
};

it('gives three digits where they say something, and sets thousands apart', () => {
  expect([0.0512, 0.95, 9.994, 12.345, 99.96, 12345.6].map(formatFigure)).toEqual([
    '0.051',
    '0.95',
    '9.99',
    '12.3',
    '100',
    '12\u202f346',
  ]);
  expect(formatSpread(spreadOf([1, 2, 4]))).toBe('2.00 (1.00–4.00)');
  expect(formatSpread(spreadOf([2]))).toBe('2.00');
});

it('says which targets are met, which are missed, and what did not run', () => {
  const markdown = renderMarkdown(REPORT);
  expect(markdown).toContain('1 of 2 targets met');
  expect(markdown).toMatch(/requests\/s.*\| at least 20\.0 x +\| 13\.5 \(12\.0–15\.0\) +\| \*\*missed\*\*/);
  expect(markdown).toMatch(/CPU time.*\| at most 1\.00 x +\| 0\.060 +\| met/);
  expect(markdown).toMatch(/sendfile.*the server does not know it.*left out/);
  expect(markdown).toMatch(/broken.*a wrong answer.*failed/);
});

it('says what makes a figure doubtful', () => {
  const markdown = renderMarkdown(REPORT);
  expect(markdown).toContain('load average before the start: 1.50, 1.00, 1.00');
  expect(markdown).toContain('The load generator was at its limit');
  expect(markdown).toContain('up to 0.40 cores busy');
});

it('draws every ratio with its target, for light and dark pages', () => {
  const chart = renderRatioChart(REPORT) ?? '';
  expect(chart).toContain('GET &lt;small&gt; &amp; large');
  expect(chart).toContain('>13.5×<');
  expect(chart).toContain('>0.060×<');
  expect(chart).toContain('prefers-color-scheme: dark');
  expect(chart.match(/class="target"/g)).toHaveLength(3);
  expect(chart).not.toMatch(/NaN|undefined|Infinity/);
});

it('draws the growth of a list', () => {
  const chart = renderGrowthChart(REPORT) ?? '';
  expect(chart).toContain('1\u202f000\u202f000');
  expect(chart).toContain('Roadstead: 1.10×');
  expect(chart).not.toMatch(/NaN|undefined|Infinity/);
});

it('draws nothing where nothing was measured', () => {
  expect(renderRatioChart({ ...REPORT, rows: [] })).toBeUndefined();
  expect(renderGrowthChart({ ...REPORT, rows: [] })).toBeUndefined();
});

it('puts the values between the first and the last tick', () => {
  expect(logTicks(0.8, 31)).toEqual([0.5, 1, 2, 5, 10, 20, 50]);
  expect(logTicks(0.03, 1.2)).toEqual([0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]);
  expect(logTicks(10, 1_000_000).at(-1)).toBe(1_000_000);
});
