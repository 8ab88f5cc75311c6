import type {
  BenchReport,
  ComparedCell,
  GrowthSeries,
  MemoryReading,
  RowOutcome,
  RowResult,
  Side,
} from '../bench-result.ts';
import { formatCount, formatFigure, formatSpread } from './format-figure.ts';

const SATURATED_SHARE = 0.9;
const BUSY_OTHERS = 0.1;

/** The whole report, for people. */
export function renderMarkdown(report: BenchReport): string {
  const parts = [
    renderHead(report),
    renderVerdicts(report.rows),
    ...report.rows.map((row) => renderRow(row, report.peer)),
  ];
  return `${parts.join('\n\n')}\n`;
}

function renderHead(report: BenchReport): string {
  const { machine, peer, isPeerAuthenticated, rounds, isQuick, startedAt, seconds } = report;
  const { processor, coreCount, memoryGigabytes, kernel, node, commit, loadAverage } = machine;
  const figures = [
    `${startedAt}, ${Math.round(seconds / 60)} min, ${rounds} interleaved rounds`,
    `${processor}, ${coreCount} cores, ${memoryGigabytes} GB, Linux ${kernel}`,
    `Roadstead ${commit ?? '(commit unknown)'} on Node ${node}, with authentication; ${peer}, ${isPeerAuthenticated ? 'with' : 'without'}`,
    `load average before the start: ${loadAverage.map(formatFigure).join(', ')}`,
  ];
  const warning = isQuick ? '\n\nA quick run: it shows that everything works, and its figures are rough.' : '';
  return `# Roadstead beside ${peer}\n\n${figures.map((line) => `- ${line}`).join('\n')}${warning}`;
}

function renderVerdicts(rows: readonly RowOutcome[]): string {
  const verdicts = rows.flatMap(({ result }) => result?.verdicts ?? []);
  const lines = verdicts.map((verdict) => [
    verdict.target,
    `${verdict.sense} ${formatFigure(verdict.bound)} ${verdict.unit}`,
    formatSpread(verdict.value),
    verdict.isMet ? 'met' : '**missed**',
  ]);
  const unrun = rows.flatMap(({ name, skipped, error }) => {
    const reason = error === undefined ? skipped : `FAILED: ${error}`;
    return reason === undefined ? [] : [[name, '', reason.replaceAll(/\s+/g, ' '), error ? '**failed**' : 'left out']];
  });
  const met = verdicts.filter(({ isMet }) => isMet).length;
  const sum = `${met} of ${verdicts.length} targets met; the median of the rounds decides, in brackets the least and the most.`;
  return `## Targets\n\n${sum}\n\n${table(['what', 'target', 'measured', ''], [...lines, ...unrun])}`;
}

function renderRow({ title, seconds, result, skipped, error }: RowOutcome, peer: string): string {
  const heading = `## ${title}`;
  if (result === undefined)
    return `${heading}\n\n${error === undefined ? `Left out: ${skipped}.` : `Failed: ${error}`}`;
  const parts = [
    heading,
    ...(result.cells.length > 0 ? [renderCells(result.cells, peer)] : []),
    ...(result.growth.length > 0 ? [renderGrowth(result.growth)] : []),
    ...(result.memory.length > 0 ? [renderMemory(result.memory)] : []),
    ...renderRemarks(result, seconds),
  ];
  return parts.join('\n\n');
}

function renderCells(cells: readonly ComparedCell[], peer: string): string {
  const rates = cells.map((cell) => [
    `${cell.title} (${cell.unit})`,
    formatSpread(cell.ours.rate),
    formatSpread(cell.peer.rate),
    formatSpread(cell.rateRatio),
    formatSpread(cell.ours.p99Ms),
    formatSpread(cell.peer.p99Ms),
  ]);
  const costs = cells.map((cell) => [
    `${cell.title} (${cell.costUnit})`,
    formatOptional(cell.ours.cpu),
    formatOptional(cell.peer.cpu),
    formatOptional(cell.cpuRatio),
  ]);
  const first = table(['throughput', 'Roadstead', peer, 'ratio', 'p99 Roadstead, ms', `p99 ${peer}, ms`], rates);
  return `${first}\n\n${table(['CPU time of the server', 'Roadstead', peer, 'ratio'], costs)}`;
}

function formatOptional(spread: Side['cpu']): string {
  return spread === undefined ? 'unknown' : formatSpread(spread);
}

function renderGrowth(growth: readonly GrowthSeries[]): string {
  const lines = growth.flatMap(({ title, server, points, ratio, fullPageRatio }) =>
    points.map(({ size, timeMs, cpuMicroseconds, names }, index) => {
      const isLast = index === points.length - 1;
      return [
        `${server}: ${title}`,
        formatCount(size),
        formatCount(names),
        formatSpread(timeMs),
        formatOptional(cpuMicroseconds),
        isLast ? formatSpread(ratio) : '',
        isLast ? formatSpread(fullPageRatio) : '',
      ];
    }),
  );
  return table(
    ['list', 'size', 'names in the answer', 'ms', 'µs of CPU', 'largest to smallest', 'largest to first full page'],
    lines,
  );
}

function renderMemory(memory: readonly MemoryReading[]): string {
  const lines = memory.map(({ server, phase, figure, processes }) => [
    server,
    phase,
    figure,
    processes.map((one) => formatFigure(figure === 'peak' ? one.peakMegabytes : one.residentMegabytes)).join(', '),
  ]);
  return table(['server', 'when', 'resident memory', 'MB, each process'], lines);
}

/** What makes figures doubtful is said where they stand. */
function renderRemarks({ cells, notes }: RowResult, seconds: number): readonly string[] {
  const samples = cells.flatMap(({ ours, peer }) => [...ours.samples, ...peer.samples]);
  const saturated = cells.filter(({ ours }) => ours.samples.some(({ loadShare }) => loadShare > SATURATED_SHARE));
  const others = samples.flatMap(({ otherCores }) => otherCores ?? []);
  const busiest = Math.max(0, ...others);
  const remarks = [
    ...notes,
    ...saturated.map(
      ({ title }) => `The load generator was at its limit (${title}): Roadstead may be faster than this.`,
    ),
    ...(busiest > BUSY_OTHERS ? [`Other programs kept up to ${formatFigure(busiest)} cores busy during a run.`] : []),
    `This part took ${Math.round(seconds)} s.`,
  ];
  return [remarks.map((remark) => `- ${remark}`).join('\n')];
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const cells = [head, ...lines].map((line) => line.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((line) => line[column]?.length ?? 0)));
  const render = (line: readonly string[]): string =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [first = [], ...rest] = cells;
  return [render(first), render(widths.map((width) => '-'.repeat(width))), ...rest.map(render)].join('\n');
}
