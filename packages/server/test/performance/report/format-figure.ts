import type { Spread } from '../measure/statistics.ts';

const NARROW = '\u202f';

/** A figure with three significant digits, or whole from 100 on, its thousands set apart. */
export function formatFigure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const magnitude = Math.abs(value);
  if (magnitude < 1) return value.toFixed(magnitude < 0.0995 ? 3 : 2);
  if (magnitude < 9.995) return value.toFixed(2);
  if (magnitude < 99.95) return value.toFixed(1);
  return formatCount(Math.round(value));
}

/** A whole number, its thousands set apart. */
export function formatCount(count: number): string {
  return count.toString().replace(/\B(?=(?:\d{3})+$)/g, NARROW);
}

/** The median, and how far the rounds lay apart. */
export function formatSpread({ median, min, max }: Spread): string {
  if (min === max) return formatFigure(median);
  return `${formatFigure(median)} (${formatFigure(min)}–${formatFigure(max)})`;
}
