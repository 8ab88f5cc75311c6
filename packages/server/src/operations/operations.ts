import type { CollectionSettings } from '../content/collection/collection-settings.ts';
import type { Content } from '../content/content.ts';
import { Scrub } from '../content/scrub/scrub.ts';
import { DEFAULT_SCRUB_SETTINGS } from '../content/scrub/scrub-settings.ts';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { BlobStorage } from '../drivers/blob-storage/blob-storage.ts';
import type { JobHandler } from '../jobs/job-handler.ts';
import { createJobWorker } from '../jobs/job-worker.ts';
import { createJobs, type Jobs } from '../jobs/jobs.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Secrets } from '../kernel/secrets-envelope.ts';
import {
  createDescribeArtifactsHandler,
  DESCRIBE_ARTIFACTS,
  DESCRIBE_INTERVAL_MS,
} from './artifacts/describe-artifacts-handler.ts';
import { AuditForwarding } from './audit-events/forwarding/audit-forwarding.ts';
import { createForwardHandler, type ForwardHandlerDeps } from './audit-events/forwarding/forward-handler.ts';
import type { AuditLog } from './audit-log/audit-log.ts';
import { AUDIT_LOG } from './audit-log/audit-log-handler.ts';
import { type AuditLogSettings, openAuditLog } from './audit-log/open-audit-log.ts';
import { sealRest } from './audit-log/seal-rest.ts';
import { Executions } from './executions/executions.ts';
import { createCollectHandler } from './garbage-collection/collect-handler.ts';
import { COLLECT, GARBAGE_COLLECTION } from './garbage-collection/collection-work.ts';
import { GarbageCollection } from './garbage-collection/garbage-collection.ts';
import { createGarbageCollectionHandler } from './garbage-collection/garbage-collection-handler.ts';
import type { ServerCertificate } from './mail/expiries.ts';
import { createExpiryHandler } from './mail/expiry-handler.ts';
import { Mail } from './mail/mail.ts';
import { createMailQueueHandler } from './mail/mail-queue-handler.ts';
import { findNextDue } from './next-due.ts';
import { type OperationFigures, readOperationFigures } from './operation-figures.ts';
import { createShipHandler, SHIP_RECORDS } from './recovery/ship-handler.ts';
import { shipRest } from './recovery/ship-rest.ts';
import { Shipper } from './recovery/shipper.ts';
import { createContinuousScrubHandler } from './scrub/continuous-scrub-handler.ts';
import { createScrubHandler } from './scrub/scrub-handler.ts';
import { CONTINUOUS_SCRUB, SCRUB } from './scrub/scrub-work.ts';
import { Scrubbing } from './scrub/scrubbing.ts';
import { findUntaggedPolicy } from './untagged-policy/find-untagged-policy.ts';

export interface OperationsDeps {
  readonly database: InstanceDatabase;
  readonly storage: BlobStorage;
  readonly content: Pick<Content, 'collector' | 'uploads'>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Asked each time, so that a change counts from then on. */
  readonly collection: () => CollectionSettings;
  readonly collectionIntervalMs: number;
  /** 0: the scrub runs only when somebody asks for it. */
  readonly scrubBytesPerSecond: number;
  readonly auditLog: AuditLogSettings;
  /** Absent: nothing is shipped. */
  readonly recovery?: RecoveryDeps;
  readonly auditForwarding: Pick<ForwardHandlerDeps, 'guard' | 'instanceId' | 'hostname'> & {
    readonly secrets: Secrets;
  };
  /** Where links in mails lead: an origin that the operator has set. Undefined: nowhere, and mails with links are not sent. */
  readonly linkOrigin?: string | undefined;
  /** The certificate of the server, where it shows one itself. Default: there is none. */
  readonly readCertificate?: (() => Promise<ServerCertificate | undefined>) | undefined;
  /** How often it looks for what other processes have queued, at least. Default: 5 s. */
  readonly pollMs?: number;
  /** Told of work in the background that failed. */
  readonly onError: (error: unknown) => void;
  /** Told that somebody has given the instance work, which is in its database by then. */
  readonly onDue?: (() => void) | undefined;
}

export interface RecoveryDeps {
  readonly instanceId: string;
  readonly secrets: Pick<Secrets, 'envelope'>;
  /** Between two shipments; 0: nothing is shipped, and what the database notes for it is forgotten. */
  readonly intervalMs: number;
}

/** The work that an instance does by itself, or that somebody asks for and no request waits for. */
export interface Operations {
  readonly garbageCollection: GarbageCollection;
  readonly scrubbing: Scrubbing;
  readonly executions: Executions;
  readonly auditLog: AuditLog;
  readonly auditForwarding: AuditForwarding;
  readonly mail: Mail;
  /** After how many milliseconds the project's untagged manifests are deleted; null: they stay. */
  findUntaggedPolicy(projectId: number): Promise<number | null>;
  figures(): Promise<OperationFigures>;
  /**
   * When there is something to do next that nobody has to ask for, in milliseconds UTC; in the past when there is now, undefined
   * when there is nothing: until then the instance need not be open.
   */
  nextDueAt(): Promise<number | undefined>;
  /** Resolves when this process, having begun to work, has nothing left that it could do now. @throws what looking for work throws */
  untilIdle(): Promise<void>;
  /** Looks for work now: another process has queued some. */
  look(): void;
  /** Begins to work, beside the other processes that have the instance open: each job is done by one of them. */
  start(): void;
  /** Ends the work, and gives what is under way back, for another process or the next start. */
  close(): Promise<void>;
}

/** What this process queues, and what is due by the clock, is not waited for. */
const DEFAULT_POLL_MS = 5_000;
const STOP_GRACE_MS = 5_000;
/** Without its recurring jobs an instance still serves: a database that is full or away is tried again. */
const ENSURE_RETRY_MS = 60_000;
/** How long the scrub reads in one run, and how long it leaves its slot to others then. */
const SCRUB_RUN_MS = 300_000;
const SCRUB_PAUSE_MS = 30_000;
const SCRUB_REST_MS = 24 * 3_600_000;
/** Where nothing is shipped. */
const FORGET_INTERVAL_MS = 60_000;
/** Of a round that somebody asked for: how often it says how far it is. */
const SCRUB_STEP_MS = 5_000;

export function createOperations(deps: OperationsDeps): Operations {
  const { database, clock, onError } = deps;
  const { collector } = deps.content;
  const onDue = () => {
    worker.wake();
    deps.onDue?.();
  };
  const jobs = createJobs({ database, clock, onDue });
  const ships = (deps.recovery?.intervalMs ?? 0) > 0;
  const { auditLog, handler } = openAuditLog({ ...deps, settings: deps.auditLog, jobs, ships });
  const handlers = [...createHandlers(deps, jobs), handler];
  const worker = createWorker(deps, handlers);
  const auditForwarding = new AuditForwarding({ database, jobs, clock, secrets: deps.auditForwarding.secrets });
  const mail = new Mail({ ...deps, ...deps.auditForwarding, jobs });
  const recurring = new RecurringJobs(() => ensureRecurringJobs(deps, jobs, [auditForwarding, mail]), onError);
  const executions = new Executions({ jobs, database, clock, onDue });
  let isStarted = false;
  const bytesPerSecond = deps.scrubBytesPerSecond;
  return {
    garbageCollection: new GarbageCollection({
      ...deps,
      collector,
      jobs,
      executions,
      intervalMs: deps.collectionIntervalMs,
    }),
    scrubbing: new Scrubbing({ scrub: createScrub(deps, SCRUB_STEP_MS), jobs, executions, bytesPerSecond }),
    executions,
    auditForwarding,
    mail,
    auditLog,
    findUntaggedPolicy: (projectId) => findUntaggedPolicy(database, projectId),
    figures: () => readOperationFigures({ database, jobs, clock }),
    nextDueAt: () =>
      findNextDue({
        database,
        collector,
        jobs,
        kinds: handlers.map(({ kind }) => kind),
        scrubBytesPerSecond: bytesPerSecond,
        scrubRestMs: SCRUB_REST_MS,
        ships,
      }),
    untilIdle: async () => {
      await recurring.ensured();
      await worker.untilIdle();
    },
    look: () => worker.wake(),
    start: () => {
      isStarted = true;
      recurring.start();
      worker.start();
    },
    close: async () => {
      await recurring.stop();
      if (isStarted) await sealRest(database, auditLog).catch(onError);
      if (isStarted && ships) await shipRest({ database, clock, wake: () => worker.wake() }).catch(onError);
      await worker.stop(STOP_GRACE_MS);
    },
  };
}

function createWorker({ database, clock, ids, pollMs, onError }: OperationsDeps, handlers: readonly JobHandler[]) {
  return createJobWorker({
    database,
    clock,
    ids,
    handlers,
    owner: `worker-${ids.hex(8)}`,
    // Room for each kind: one that takes long keeps no other waiting.
    concurrency: handlers.length,
    pollMs: pollMs ?? DEFAULT_POLL_MS,
    onError,
  });
}

function createHandlers(deps: OperationsDeps, jobs: Jobs): readonly JobHandler[] {
  const { collector, uploads } = deps.content;
  const shared = { ...deps, collector, uploads, jobs };
  return [
    createCollectHandler({ ...shared, executionKinds: [GARBAGE_COLLECTION, SCRUB] }),
    createGarbageCollectionHandler(shared),
    createContinuousScrubHandler({
      ...shared,
      scrub: createScrub(deps, SCRUB_RUN_MS),
      isOn: deps.scrubBytesPerSecond > 0,
      restMs: SCRUB_REST_MS,
    }),
    createScrubHandler({ ...shared, scrub: createScrub(deps, SCRUB_STEP_MS) }),
    ...createRecoveryHandlers(deps),
    createForwardHandler({ ...deps, ...deps.auditForwarding }),
    createExpiryHandler(deps),
    createDescribeArtifactsHandler(deps),
    createMailQueueHandler({ ...deps, ...deps.auditForwarding }),
  ];
}

function createRecoveryHandlers({ recovery, ...deps }: OperationsDeps): readonly JobHandler[] {
  if (recovery === undefined) return [];
  const shipper = new Shipper({ ...deps, ...recovery });
  return [createShipHandler({ ...deps, shipper, isOn: recovery.intervalMs > 0 })];
}

/** One who asks for a round wants it at some rate, also where the scrub is switched off. */
function createScrub(deps: OperationsDeps, runMs: number): Scrub {
  const bytesPerSecond = deps.scrubBytesPerSecond || DEFAULT_SCRUB_SETTINGS.bytesPerSecond;
  return new Scrub({ ...deps, settings: { bytesPerSecond, runMs } });
}

async function ensureRecurringJobs(
  deps: OperationsDeps,
  jobs: Jobs,
  others: readonly { ensureJob(): Promise<void> }[],
): Promise<void> {
  const { collectionIntervalMs, scrubBytesPerSecond, recovery, auditLog } = deps;
  const of = (kind: string, repeatEveryMs: number) => ({ name: kind, kind, parameters: {}, repeatEveryMs });
  await jobs.ensureRecurring(of(COLLECT, collectionIntervalMs));
  await jobs.ensureRecurring(of(DESCRIBE_ARTIFACTS, DESCRIBE_INTERVAL_MS));
  await jobs.ensureRecurring(of(AUDIT_LOG, auditLog.intervalMs));
  if (scrubBytesPerSecond > 0) await jobs.ensureRecurring(of(CONTINUOUS_SCRUB, SCRUB_PAUSE_MS));
  if (recovery !== undefined) await jobs.ensureRecurring(of(SHIP_RECORDS, recovery.intervalMs || FORGET_INTERVAL_MS));
  for (const other of others) await other.ensureJob();
}

/** Makes sure of the recurring jobs, and tries until it has. */
class RecurringJobs {
  readonly #ensure: () => Promise<void>;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(ensure: () => Promise<void>, onError: (error: unknown) => void) {
    this.#ensure = ensure;
    this.#onError = onError;
  }

  start(): void {
    this.#running = this.#ensure().catch((error: unknown) => {
      this.#onError(error);
      if (!this.#isStopped) this.#timer = setTimeout(() => this.start(), ENSURE_RETRY_MS).unref();
    });
  }

  /** Resolves when the first try is over. */
  async ensured(): Promise<void> {
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }
}
