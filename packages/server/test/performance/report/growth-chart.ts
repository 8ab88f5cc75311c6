import type { BenchReport, GrowthPoint, GrowthSeries } from '../bench-result.ts';
import { formatCount, formatFigure } from './format-figure.ts';
import { dot, line, logScale, logTicks, type Point, svg, text } from './svg.ts';

const WIDTH = 960;
const HEIGHT = 420;
const PLOT_X = [76, 640] as const;
const PLOT_Y = [356, 76] as const;
const LEGEND_LINE = 36;

/**
 * The time of a page against the size of the list that it is from.
 * @returns undefined when no list was measured
 */
export function renderGrowthChart({ rows }: BenchReport): string | undefined {
  const series = rows.flatMap(({ result }) => result?.growth ?? []);
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) return undefined;
  const x = axis(points, ({ size }) => [size], PLOT_X);
  const y = axis(points, ({ timeMs }) => [timeMs.min, timeMs.max], PLOT_Y);
  const title = 'Time of a page of 100 names as the list grows';
  const body = [
    text({ x: 24, y: 34 }, title, 'ink title', 'start'),
    text(
      { x: 24, y: 54 },
      'Milliseconds, one request at a time; median of the rounds, the least and the most.',
      'muted',
      'start',
    ),
    ...x.ticks
      .filter(isPowerOfTen)
      .flatMap((tick) => [
        line({ x: x.scale(tick), y: PLOT_Y[0] }, { x: x.scale(tick), y: PLOT_Y[1] }, 'grid'),
        text({ x: x.scale(tick), y: PLOT_Y[0] + 20 }, formatCount(tick), 'muted', 'middle'),
      ]),
    ...y.ticks.flatMap((tick) => [
      line({ x: PLOT_X[0], y: y.scale(tick) }, { x: PLOT_X[1], y: y.scale(tick) }, 'grid'),
      text({ x: PLOT_X[0] - 8, y: y.scale(tick) + 4 }, String(tick), 'muted', 'end'),
    ]),
    text({ x: (PLOT_X[0] + PLOT_X[1]) / 2, y: HEIGHT - 18 }, 'tags or repositories in the list', 'muted', 'middle'),
    ...series.toReversed().flatMap((one) => drawSeries(one, x.scale, y.scale)),
    text({ x: 664, y: PLOT_Y[1] - 22 }, 'the largest list as a multiple of the smallest', 'muted', 'start'),
    ...series.flatMap(drawLegend),
  ];
  return svg(WIDTH, HEIGHT, title, body);
}

interface Axis {
  readonly ticks: readonly number[];
  readonly scale: (value: number) => number;
}

function axis(
  points: readonly GrowthPoint[],
  valuesOf: (point: GrowthPoint) => readonly number[],
  range: readonly [number, number],
): Axis {
  const values = points.flatMap(valuesOf);
  const ticks = logTicks(Math.min(...values), Math.max(...values));
  return { ticks, scale: logScale([ticks[0] ?? 1, ticks.at(-1) ?? 1], range) };
}

function isPowerOfTen(value: number): boolean {
  return Number.isInteger(Math.log10(value));
}

/** The colour tells the page, the dashes the list. */
function styleOf({ isOurs, title }: GrowthSeries): { readonly colour: string; readonly stroke: string } {
  const isMiddle = title.includes('middle');
  const colour = isOurs ? (isMiddle ? 'ours-2' : 'ours') : isMiddle ? 'peer-2' : 'peer';
  return { colour, stroke: title.startsWith('tags') ? colour : `${colour} dashed` };
}

function drawSeries(
  series: GrowthSeries,
  x: (value: number) => number,
  y: (value: number) => number,
): readonly string[] {
  const { points } = series;
  const { colour, stroke } = styleOf(series);
  const places: readonly Point[] = points.map(({ size, timeMs }) => ({ x: x(size), y: y(timeMs.median) }));
  const strokes = places.slice(1).map((place, index) => line(places[index] ?? place, place, stroke, 2));
  const spreads = points.map(({ size, timeMs }) => {
    return line({ x: x(size), y: y(timeMs.min) }, { x: x(size), y: y(timeMs.max) }, colour, 1);
  });
  return [...strokes, ...spreads, ...places.map((place) => dot(place, 3.5, colour))];
}

function drawLegend(series: GrowthSeries, index: number): readonly string[] {
  const { server, title, ratio } = series;
  const y = PLOT_Y[1] + 8 + index * LEGEND_LINE;
  return [
    line({ x: 664, y: y - 4 }, { x: 692, y: y - 4 }, styleOf(series).stroke, 2),
    text({ x: 700, y }, title, 'ink', 'start'),
    text({ x: 700, y: y + 15 }, `${server}: ${formatFigure(ratio.median)}×`, 'muted', 'start'),
  ];
}
