import type { FailedCopy } from '../../portability/moving/storage/storage-move.ts';
import { countOf } from './quantities.ts';
import type { BlobsTarget } from './read-blobs-target.ts';
import type { InstanceReport } from './storage-rounds.ts';

export interface StorageMoveResult {
  /** `copied`: all that there was is in the target, and the last step is to come. */
  readonly state: 'dry-run' | 'copied' | 'finished';
  readonly from: string;
  readonly to: string;
  /** What was in the target was read, and not only measured. */
  readonly verified: boolean;
  /** The last step has to be asked for. */
  readonly needsFinish: boolean;
  /** All instances were moved, and not one of them. */
  readonly isEverything: boolean;
  readonly instances: readonly InstanceReport[];
}

/** Beyond these `--json` lists them. */
const MAX_SHOWN_FAILURES = 50;

/** What was done, and what the operator does next. */
export function renderStorageMove(result: StorageMoveResult, target: BlobsTarget): string {
  const lines = result.instances.map((report) => describeInstance(report, result.state === 'dry-run'));
  const failures = result.instances.flatMap((report) => report.failures.map((failure) => ({ report, failure })));
  if (failures.length > 0) {
    const shown = failures.slice(0, MAX_SHOWN_FAILURES);
    const more = failures.length - shown.length;
    lines.push(
      `${countOf(failures.length, 'stored copy', 'stored copies')} cannot be moved:`,
      ...shown.map(({ report, failure }) => `  ${report.id}: ${describeFailure(failure)}`),
      ...(more > 0 ? [`  and ${more} more: see --json`] : []),
      'Nothing of them was copied. Run `roadstead scrub` on the server, which sets such copies aside so that they can be pushed again; then run this again.',
    );
    return toText(lines);
  }
  return toText([...lines, ...describeNext(result, target)]);
}

function describeInstance(report: InstanceReport, isDryRun: boolean): string {
  const { id, total, copied, copiedBytes, there, lost, gone, openUploads } = report;
  const parts = [
    `${countOf(total.objects, 'object')} (${total.bytes} bytes)`,
    `${copied} ${isDryRun ? 'to copy' : 'copied'} (${copiedBytes} bytes)`,
    `${there} there already`,
    ...(lost > 0 ? [`${lost} were lost before`] : []),
    ...(gone > 0 ? [`${gone} deleted meanwhile`] : []),
    ...(openUploads > 0 ? [`${countOf(openUploads, 'open upload')}`] : []),
  ];
  return `${id}: ${parts.join(', ')}`;
}

function describeFailure({ kind, storageKey, digest, reason }: FailedCopy): string {
  return `${kind}: ${digest ?? 'a blob without a name'} (${storageKey}): ${reason}`;
}

function describeNext(result: StorageMoveResult, target: BlobsTarget): readonly string[] {
  const { state, from, to, needsFinish, isEverything, instances } = result;
  if (state === 'dry-run') return [`Nothing was changed. Without --dry-run this is copied from ${from} to ${to}.`];
  if (!isEverything) return ['The setting is one for all instances: move the others too, then all of them once more.'];
  if (state === 'copied') {
    const again = needsFinish
      ? 'all servers, and run this command again with --finish'
      : 'the server, and run this again';
    return [`All of that is in ${to}. What is pushed from now on is not: stop ${again}; it copies the rest.`];
  }
  const openUploads = instances.reduce((sum, report) => sum + report.openUploads, 0);
  return [
    `Everything is in ${to}, compared by ${result.verified ? 'digest' : 'size; what was copied, by digest'}.`,
    ...(openUploads === 0
      ? []
      : [`${countOf(openUploads, 'open upload')} cannot go on there: clients are told to begin anew.`]),
    `Now ${target.setting}, and start the server.`,
    `Nothing was deleted in ${from}. Remove it there when all is well. To stay there instead: roadstead admin move-storage --undo`,
  ];
}

function toText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
