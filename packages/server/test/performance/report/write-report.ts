import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BenchReport } from '../bench-result.ts';
import { renderGrowthChart } from './growth-chart.ts';
import { renderRatioChart } from './ratio-chart.ts';
import { renderMarkdown } from './render-markdown.ts';

/** Writes the report for people and for programs, and the charts that there is something to draw in. */
export function writeReport(report: BenchReport, folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'bench.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(path.join(folder, 'bench.md'), renderMarkdown(report));
  const ratios = renderRatioChart(report);
  const growth = renderGrowthChart(report);
  if (ratios !== undefined) writeFileSync(path.join(folder, 'ratios.svg'), ratios);
  if (growth !== undefined) writeFileSync(path.join(folder, 'growth.svg'), growth);
}
