import { formatBytes } from '../terminal/format-bytes.ts';
import type { TransferSummary } from './transfer-closure.ts';

/** `2 manifests; 3 blobs sent (1.2 MiB), 1 mounted, 4 there already`. */
export function summarizeTransfer(summary: TransferSummary): string {
  const blobs = [
    `${count(summary.transferredBlobCount, 'blob')} transferred (${formatBytes(summary.transferredBytes)})`,
    ...(summary.mountedBlobCount > 0 ? [`${summary.mountedBlobCount} mounted`] : []),
    ...(summary.presentBlobCount > 0 ? [`${summary.presentBlobCount} there already`] : []),
  ];
  return `${count(summary.manifestCount, 'manifest')}; ${blobs.join(', ')}`;
}

export function addSummaries(summaries: readonly TransferSummary[]): TransferSummary {
  const sum = (pick: (summary: TransferSummary) => number) =>
    summaries.reduce((total, summary) => total + pick(summary), 0);
  return {
    manifestCount: sum((summary) => summary.manifestCount),
    transferredBlobCount: sum((summary) => summary.transferredBlobCount),
    mountedBlobCount: sum((summary) => summary.mountedBlobCount),
    presentBlobCount: sum((summary) => summary.presentBlobCount),
    transferredBytes: sum((summary) => summary.transferredBytes),
  };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
