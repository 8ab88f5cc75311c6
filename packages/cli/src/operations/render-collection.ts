import { findNumber, findString, type JsonRecord, listOf, recordOf } from '../json-shape.ts';
import { formatBytes } from '../terminal/format-bytes.ts';

/** What a pass has done, a line each. */
export function renderReport(report: JsonRecord): string {
  const count = (key: string) => findNumber(report, key) ?? 0;
  const freed = `Freed ${formatBytes(count('bytesFreed'))} in ${plural(count('blobsRemoved'), 'stored copy', 'stored copies')}.`;
  const also = [
    [count('trashPurged'), 'deleted manifest left the trash', 'deleted manifests left the trash'],
    [count('manifestsDeleted'), 'untagged manifest was deleted by policy', 'untagged manifests were deleted by policy'],
    [count('straysCondemned'), 'stray file was among them', 'stray files were among them'],
    [count('uploadsEnded'), 'upload without progress was ended', 'uploads without progress were ended'],
    [count('strayUploadsRemoved'), 'stray upload was removed', 'stray uploads were removed'],
  ] as const;
  const lines = also.filter(([number]) => number > 0).map(([number, one, many]) => `  ${plural(number, one, many)}`);
  return [freed, ...lines, ...renderObstacles(report)].join('\n');
}

/** What keeps the collector from its work. */
export function renderObstacles(state: JsonRecord): readonly string[] {
  const held = state['heldBy'];
  const name = typeof held === 'string' ? held : findString(recordOf(held), 'name');
  const until = findString(recordOf(held), 'until');
  const awaiting = recordOf(state['awaiting']);
  const bytes = findNumber(awaiting, 'bytes');
  return [
    ...(name === undefined
      ? []
      : [
          `Nothing is removed while ${name} needs everything to stay${until === undefined ? '' : ` (until ${until})`}.`,
        ]),
    ...(bytes === undefined
      ? []
      : [
          `${formatBytes(bytes)} in ${plural(findNumber(awaiting, 'count') ?? 0, 'stored copy', 'stored copies')} wait: more than may go without a confirmation.`,
          `  \`roadstead gc confirm ${bytes}\` lets them go.`,
        ]),
  ];
}

/** What a dry run has found. */
export function renderPreview(preview: JsonRecord): string {
  const untagged = findNumber(recordOf(preview['untagged']), 'manifests') ?? 0;
  return [
    ...renderEstimate('A pass now would free', recordOf(preview['now'])),
    ...renderEstimate('Purging now would free', recordOf(preview['purge'])),
    ...(untagged === 0
      ? []
      : [`Policies would delete ${plural(untagged, 'untagged manifest', 'untagged manifests')}: to the trash first.`]),
    ...renderObstacles(preview),
  ].join('\n');
}

function renderEstimate(what: string, estimate: JsonRecord): readonly string[] {
  const bytes = findNumber(estimate, 'bytes') ?? 0;
  const blobs = findNumber(estimate, 'blobs') ?? 0;
  const strays = findNumber(estimate, 'strays') ?? 0;
  const trashed = findNumber(estimate, 'trashedManifests') ?? 0;
  const parts = [
    plural(blobs, 'blob', 'blobs'),
    ...(strays === 0 ? [] : [plural(strays, 'stray file', 'stray files')]),
    ...(trashed === 0 ? [] : [plural(trashed, 'deleted manifest', 'deleted manifests')]),
  ];
  const repositories = listOf(estimate['repositories']).map((item) => {
    const repository = recordOf(item);
    return `  ${findString(repository, 'name') ?? ''}  ${formatBytes(findNumber(repository, 'bytes') ?? 0)}`;
  });
  return [`${what} ${formatBytes(bytes)} (${bytes} bytes): ${parts.join(', ')}.`, ...repositories];
}

/** `2 blobs`. */
export function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
