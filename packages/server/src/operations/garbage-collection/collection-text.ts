import type { CollectionReport } from '../../content/collection/collection-report.ts';
import type { CollectionPreview } from '../../content/collection/collector.ts';
import type { CollectionEstimate } from '../../content/collection/estimate-collection.ts';

/** What a pass has done, a line each, for the log of its job; nothing of a pass that had nothing to do. */
export function describeReport(report: CollectionReport): readonly string[] {
  const lines = [
    count(report.uploadsEnded, 'upload without progress was ended', 'uploads without progress were ended'),
    count(report.trashPurged, 'deleted manifest left the trash', 'deleted manifests left the trash'),
    count(report.linksRemoved, 'blob lost its place in a repository', 'blobs lost their place in a repository'),
    count(report.straysCondemned, 'stray file was found without an owner', 'stray files were found without an owner'),
    count(report.strayUploadsRemoved, 'stray upload was removed', 'stray uploads were removed'),
    count(report.blobsRemoved, 'stored copy was removed', 'stored copies were removed', `: ${report.bytesFreed} bytes`),
    count(
      report.manifestsDeleted,
      'untagged manifest was deleted by policy',
      'untagged manifests were deleted by policy',
    ),
    count(
      report.errorCount,
      'thing went wrong',
      'things went wrong',
      ` and will be tried again: ${report.errors.join('; ')}`,
    ),
  ];
  return lines.filter((line) => line !== undefined);
}

/** What keeps a pass from its work; undefined when nothing does. */
export function describeObstacle({
  heldBy,
  awaiting,
}: Pick<CollectionReport, 'heldBy' | 'awaiting'>): string | undefined {
  if (heldBy !== undefined) return `Nothing is removed while ${heldBy} needs everything to stay.`;
  if (awaiting === undefined) return undefined;
  return `${awaiting.bytes} bytes in ${awaiting.count} stored copies are more than may go without a confirmation: they stay until then.`;
}

/** A dry run, a line each. */
export function describePreview({ now, purge, untagged, heldBy, awaiting }: CollectionPreview): readonly string[] {
  const policy = count(
    untagged.manifests,
    'untagged manifest would be deleted by policy',
    'untagged manifests would be deleted by policy',
  );
  const obstacle = describeObstacle({ heldBy: heldBy?.name, awaiting: awaiting ?? undefined });
  return [
    `A pass now would free ${describeEstimate(now)}.`,
    `Purging now would free ${describeEstimate(purge)}.`,
    ...(policy === undefined ? [] : [policy]),
    ...(obstacle === undefined ? [] : [obstacle]),
  ];
}

function describeEstimate({ bytes, blobs, strays, trashedManifests }: CollectionEstimate): string {
  return `${bytes} bytes: ${blobs} blobs and ${strays} stray files, with ${trashedManifests} deleted manifests`;
}

function count(number: number, one: string, many: string, end = ''): string | undefined {
  return number === 0 ? undefined : `${number} ${number === 1 ? one : many}${end}.`;
}
