import { findNumber, findString, type JsonRecord, listOf, recordOf } from '../json-shape.ts';

/** What the server was asked to do, as far as commands look at it. */
export interface Execution {
  readonly id: number;
  readonly kind: string;
  /** `dry-run`, `pass` or `purge` of a garbage collection. */
  readonly mode: string | undefined;
  readonly status: string;
  readonly message: string | undefined;
  readonly actor: string;
  readonly createdAt: string | undefined;
  readonly startedAt: string | undefined;
  readonly endedAt: string | undefined;
  readonly jobs: readonly ExecutionJob[];
  /** As the server has it. */
  readonly document: JsonRecord;
}

export interface ExecutionJob {
  readonly id: number;
  readonly progress: JsonRecord;
  readonly result: JsonRecord;
}

export function readExecution(document: JsonRecord): Execution {
  return {
    id: findNumber(document, 'id') ?? 0,
    kind: findString(document, 'kind') ?? '',
    mode: findString(recordOf(document['parameters']), 'mode'),
    status: findString(document, 'status') ?? '',
    message: findString(document, 'message'),
    actor: findString(document, 'actor') ?? '',
    createdAt: findString(document, 'createdAt'),
    startedAt: findString(document, 'startedAt'),
    endedAt: findString(document, 'endedAt'),
    jobs: listOf(document['jobs']).map((item) => readJob(recordOf(item))),
    document,
  };
}

function readJob(document: JsonRecord): ExecutionJob {
  return {
    id: findNumber(document, 'id') ?? 0,
    progress: recordOf(document['progress']),
    result: recordOf(document['result']),
  };
}

/** `garbage-collection purge`. */
export function nameExecution({ kind, mode }: Pick<Execution, 'kind' | 'mode'>): string {
  return mode === undefined ? kind : `${kind} ${mode}`;
}
