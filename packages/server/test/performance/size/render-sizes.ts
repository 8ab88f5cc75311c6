import type { Spread } from '../measure/statistics.ts';
import type { CollectionFigures, PushFigures } from './measure-collection.ts';
import type { SizeFigures } from './measure-requests.ts';

/** Tables in Markdown. */
export function renderSizes(requests: readonly SizeFigures[], collection: CollectionFigures | undefined): string {
  return [
    ...(requests.length > 0 ? renderRequests(requests) : []),
    ...(collection ? renderCollection(collection) : []),
  ].join('\n');
}

function renderRequests(requests: readonly SizeFigures[]): readonly string[] {
  return [
    '| Request | small: p50, p99 (ms) | large: p50, p99 (ms) | p99, large to small | at most 2x |',
    '|---|---:|---:|---:|---|',
    ...requests.map(
      ({ request, small, large, p99Ratio, isMet }) =>
        `| ${request} | ${pair(small)} | ${pair(large)} | ${show(p99Ratio)}x | ${isMet ? 'met' : 'missed'} |`,
    ),
    '',
  ];
}

function renderCollection({
  alone,
  besidePushes,
  pushesBefore,
  pushesMeanwhile,
}: CollectionFigures): readonly string[] {
  const row = (name: string, figures: PushFigures) =>
    `| ${name} | ${show(figures.p50)} | ${show(figures.p99)} | ${show(figures.pushesPerSecond)} |`;
  return [
    `A pass alone: ${alone.blobs} blobs in ${alone.seconds.toFixed(0)} s, ${alone.blobsPerSecond.toFixed(0)} blobs/s, ${alone.serverMicroseconds.toFixed(0)} µs of the server's CPU each.`,
    `Beside pushes: ${besidePushes.blobs} blobs in ${besidePushes.seconds.toFixed(0)} s, ${besidePushes.blobsPerSecond.toFixed(0)} blobs/s.`,
    '',
    '| Pushes, 4 clients | p50 (ms) | p99 (ms) | pushes/s |',
    '|---|---:|---:|---:|',
    row('before', pushesBefore),
    row('beside the pass', pushesMeanwhile),
    '',
  ];
}

function pair({ p50, p99 }: SizeFigures['small']): string {
  return `${p50.median.toFixed(2)}, ${p99.median.toFixed(2)}`;
}

function show({ median, min, max }: Spread): string {
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
}
