import { findCollectionHold } from '../../content/collection/collection-holds.ts';
import type { CollectionReport } from '../../content/collection/collection-report.ts';
import type { CollectionSettings } from '../../content/collection/collection-settings.ts';
import { type CollectionState, readCollectionState } from '../../content/collection/collection-state.ts';
import type { Collector } from '../../content/collection/collector.ts';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { JsonObject, JsonValue } from '../../jobs/json-value.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Executions, OperationExecution } from '../executions/executions.ts';
import { readCollectMemory } from './collect-memory.ts';
import { COLLECT, type CollectionMode, GARBAGE_COLLECTION } from './collection-work.ts';
import { writeActor } from './garbage-collection-handler.ts';

/** A pass that has ended. Instants are milliseconds UTC. */
export interface EndedPass {
  readonly at: number;
  readonly report: CollectionReport;
}

/** How the collector of an instance is. */
export interface CollectionStatus {
  readonly settings: CollectionSettings & { readonly intervalMs: number };
  /** What only a confirmation lets go, and what is left of the last one. */
  readonly awaiting: CollectionState['awaiting'];
  readonly confirmedBytes: number;
  /** What went in the cap's present window without a confirmation. */
  readonly removedBytes: number;
  /** Nothing is removed while somebody needs everything to stay. */
  readonly heldBy: { readonly name: string; readonly until: number } | undefined;
  readonly lastPass: EndedPass | undefined;
  /** The last one that did something. */
  readonly lastWork: EndedPass | undefined;
  readonly trash: { readonly at: number; readonly manifests: number; readonly bytes: number } | undefined;
  /** The job that runs the passes, for its log; undefined before the first start. */
  readonly jobId: number | undefined;
  readonly nextPassAt: number | undefined;
  /** What somebody asked for and has not ended. */
  readonly running: readonly OperationExecution[];
}

export interface GarbageCollectionDeps {
  readonly database: InstanceDatabase;
  readonly collector: Pick<Collector, 'confirm'>;
  readonly jobs: Jobs;
  readonly executions: Pick<Executions, 'request'>;
  readonly clock: Clock;
  readonly collection: () => CollectionSettings;
  readonly intervalMs: number;
}

const MAX_RUNNING = 10;
/** A purge that meets an error says so rather than to try for hours. */
const MAX_ATTEMPTS = 3;

/** The collector, for who looks after the instance. */
export class GarbageCollection {
  readonly #deps: GarbageCollectionDeps;

  constructor(deps: GarbageCollectionDeps) {
    this.#deps = deps;
  }

  async status(): Promise<CollectionStatus> {
    const { database, jobs, clock, collection, intervalMs } = this.#deps;
    const { awaiting, confirmedBytes, removedBytes } = await readCollectionState(database.reader);
    const [recurring] = await jobs.listJobs({ kind: COLLECT, isRecurring: true, page: 1, pageSize: 1 });
    const { work, trash } = readCollectMemory(recurring?.progress);
    const unfinished = { kind: GARBAGE_COLLECTION, statuses: ['pending', 'running'] } as const;
    return {
      settings: { ...collection(), intervalMs },
      awaiting,
      confirmedBytes,
      removedBytes,
      heldBy: await findCollectionHold(database.reader, clock.now()),
      lastPass: readEndedPass(recurring?.result),
      lastWork: work,
      trash,
      jobId: recurring?.id,
      nextPassAt: recurring?.status === 'pending' ? recurring.runAfter : undefined,
      running: await jobs.listExecutions({ ...unfinished, page: 1, pageSize: MAX_RUNNING }),
    };
  }

  /** Asks for it; a worker does it soon. @param more what else was asked for, and is told of it later */
  run(mode: CollectionMode, actor: Actor, more: JsonObject = {}): Promise<OperationExecution> {
    const parameters = { ...more, mode };
    const jobs = [{ parameters: { ...parameters, actor: writeActor(actor) }, maxAttempts: MAX_ATTEMPTS }];
    return this.#deps.executions.request({ kind: GARBAGE_COLLECTION, parameters, jobs }, actor);
  }

  /** Lets the next pass remove up to so many bytes beyond the cap. @throws ProductError PRECONDITION, VALIDATION */
  confirm(bytes: number, actor: Actor): Promise<void> {
    return this.#deps.collector.confirm(bytes, actor);
  }
}

function readEndedPass(result: JsonValue | undefined): EndedPass | undefined {
  return (result ?? undefined) as unknown as EndedPass | undefined;
}
