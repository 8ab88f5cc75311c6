import type { CollectionReport } from '../../content/collection/collection-report.ts';
import type { JsonValue } from '../../jobs/json-value.ts';

/** What the job `collect` remembers from run to run, as its progress. */
export interface CollectMemory {
  /** What kept the last pass from its work, so that the log says so once. */
  readonly obstacle: string | undefined;
  /** The last pass that did something. */
  readonly work: { readonly at: number; readonly report: CollectionReport } | undefined;
  readonly trash: { readonly at: number; readonly manifests: number; readonly bytes: number } | undefined;
}

const EMPTY: CollectMemory = { obstacle: undefined, work: undefined, trash: undefined };

/** @param progress what this or a previous version has written */
export function readCollectMemory(progress: JsonValue | undefined): CollectMemory {
  if (typeof progress !== 'object' || progress === null || Array.isArray(progress)) return EMPTY;
  return { ...EMPTY, ...(progress as Partial<CollectMemory>) };
}

export function writeCollectMemory({ obstacle, work, trash }: CollectMemory): JsonValue {
  return {
    obstacle,
    work: work === undefined ? undefined : { at: work.at, report: reportToJson(work.report) },
    trash: trash === undefined ? undefined : { ...trash },
  };
}

const MAX_ERROR_LENGTH = 300;

/** Short enough for a job's progress, whatever the errors said. */
export function reportToJson({ errors, ...report }: CollectionReport): Readonly<Record<string, JsonValue | undefined>> {
  return { ...report, errors: errors.map((error) => error.slice(0, MAX_ERROR_LENGTH)) };
}
