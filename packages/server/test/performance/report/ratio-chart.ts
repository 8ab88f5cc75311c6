import type { BenchReport, ComparedCell, Verdict } from '../bench-result.ts';
import type { Spread } from '../measure/statistics.ts';
import { formatFigure } from './format-figure.ts';
import { dot, line, logScale, logTicks, svg, text } from './svg.ts';

const WIDTH = 960;
const LABELS_END = 400;
const PLOT = [420, 860] as const;
const ROW_HEIGHT = 24;
const TOP = 84;
const PANEL_GAP = 74;

interface Bar {
  readonly label: string;
  readonly ratio: Spread;
  readonly verdict: Verdict | undefined;
}

interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/**
 * Throughput and CPU time as multiples of the peer's: the median, the least and most of the rounds, and the target.
 * @returns undefined when nothing was compared
 */
export function renderRatioChart({ rows, peer }: BenchReport): string | undefined {
  const results = rows.flatMap(({ result }) => result ?? []);
  const bars = results.flatMap(({ cells, verdicts }) => cells.map((cell) => barsOf(cell, verdicts)));
  const panels = [
    { title: 'Throughput: more is better', bars: bars.map(({ rate }) => rate) },
    { title: 'CPU time for the same work: less is better', bars: bars.flatMap(({ cpu }) => cpu ?? []) },
  ].filter((panel) => panel.bars.length > 0);
  if (panels.length === 0) return undefined;
  const body: string[] = [
    text({ x: 24, y: 34 }, `Roadstead as a multiple of ${peer}`, 'ink title', 'start'),
    text({ x: 24, y: 54 }, 'Median of the rounds; the line spans the least and the most.', 'muted', 'start'),
    line({ x: 620, y: 42 }, { x: 620, y: 56 }, 'target', 3),
    text({ x: 628, y: 54 }, 'target', 'muted', 'start'),
    dot({ x: 694, y: 49 }, 4.5, 'ours'),
    text({ x: 704, y: 54 }, 'met', 'muted', 'start'),
    dot({ x: 752, y: 49 }, 4.5, 'missed'),
    text({ x: 762, y: 54 }, 'missed', 'muted', 'start'),
    dot({ x: 832, y: 49 }, 4.5, 'peer'),
    text({ x: 842, y: 54 }, 'without a target', 'muted', 'start'),
  ];
  let top = TOP;
  for (const panel of panels) {
    body.push(...drawPanel(panel, top));
    top += panel.bars.length * ROW_HEIGHT + PANEL_GAP;
  }
  return svg(WIDTH, top - 18, `Roadstead as a multiple of ${peer}`, body);
}

function barsOf(
  cell: ComparedCell,
  verdicts: readonly Verdict[],
): { readonly rate: Bar; readonly cpu: Bar | undefined } {
  const { id, title, rateRatio, cpuRatio } = cell;
  const judging = (ratio: 'rate' | 'cpu'): Verdict | undefined =>
    verdicts.find(({ judged }) => judged?.cell === id && judged.ratio === ratio);
  return {
    rate: { label: title, ratio: rateRatio, verdict: judging('rate') },
    cpu: cpuRatio && { label: title, ratio: cpuRatio, verdict: judging('cpu') },
  };
}

function drawPanel({ title, bars }: Panel, top: number): readonly string[] {
  const bounds = bars.flatMap(({ ratio, verdict }) => [ratio.min, ratio.max, ...(verdict ? [verdict.bound] : [])]);
  const ticks = logTicks(Math.min(0.8, ...bounds), Math.max(1.25, ...bounds));
  const scale = logScale([ticks[0] ?? 1, ticks.at(-1) ?? 1], PLOT);
  const first = top + 20;
  const bottom = first + bars.length * ROW_HEIGHT;
  const grid = ticks.flatMap((tick) => [
    line({ x: scale(tick), y: first }, { x: scale(tick), y: bottom }, tick === 1 ? 'even' : 'grid'),
    text({ x: scale(tick), y: bottom + 16 }, `${tick}×`, 'muted', 'middle'),
  ]);
  const heading = text({ x: 24, y: top + 6 }, title, 'ink', 'start');
  return [heading, ...grid, ...bars.flatMap((bar, index) => drawBar(bar, scale, first + (index + 0.5) * ROW_HEIGHT))];
}

function drawBar({ label, ratio, verdict }: Bar, scale: (value: number) => number, y: number): readonly string[] {
  const style = verdict === undefined ? 'peer' : verdict.isMet ? 'ours' : 'missed';
  const bound = verdict === undefined ? [] : [scale(verdict.bound)];
  return [
    text({ x: LABELS_END, y: y + 4 }, label, 'ink', 'end'),
    ...bound.map((x) => line({ x, y: y - 8 }, { x, y: y + 8 }, 'target', 3)),
    line({ x: scale(ratio.min), y }, { x: scale(ratio.max), y }, verdict === undefined ? 'peer' : 'ours', 2),
    dot({ x: scale(ratio.median), y }, 4.5, style),
    text({ x: WIDTH - 24, y: y + 4 }, `${formatFigure(ratio.median)}×`, 'ink', 'end'),
  ];
}
