import type { Logger } from 'pino';
import type { BlobStorages } from './blob-storages.ts';
import type { Config } from './config/config.ts';
import { createInstancePool, type InstancePool } from './control-plane/instances/instance-pool.ts';
import type { InstanceRecord, InstanceRegistry } from './control-plane/instances/instance-registry.ts';
import { forgetHolders } from './control-plane/waking/forget-holders.ts';
import { OpenMarks } from './control-plane/waking/open-marks.ts';
import type { SleepFigures } from './control-plane/waking/wake-rows.ts';
import { createWaker, type WorkingInstance } from './control-plane/waking/waker.ts';
import type { ControlPlane } from './control-plane.ts';
import { INSTANCE_MIGRATIONS } from './db/instance/migrations.ts';
import type { PasswordHasher } from './identity/password-hasher.ts';
import { ADMINISTRATOR_NAME } from './identity/users/administrator-name.ts';
import { type Instance, openInstance } from './instance.ts';
import { systemClock } from './kernel/clock.ts';
import type { EgressGuard } from './kernel/egress-guard.ts';
import { systemIds } from './kernel/ids.ts';
import type { Locks } from './kernel/locks.ts';
import type { ServerServices } from './processes/server-services.ts';

export interface ServerInstancesDeps {
  readonly config: Config;
  readonly logger: Logger;
  /** The password of an instance's administrator when the instance is opened for the first time. */
  readonly firstPassword: (instanceId: string) => string | Promise<string>;
  readonly controlPlane: ControlPlane;
  readonly services: Pick<ServerServices, 'openInstanceDatabase' | 'isOneOfSeveral'>;
  readonly locks: Locks;
  readonly storages: Pick<BlobStorages, 'open'>;
  readonly passwordHasher: PasswordHasher;
  readonly egressGuard: EgressGuard;
  /** Told of each instance that was woken, and how many milliseconds after it was due. */
  readonly onWake: (latenessMs: number) => void;
}

/** An instance as this process has it open: its end says when it is due next. */
export type OpenedInstance = Instance & WorkingInstance & { look(): void };

/** The instances of this process: opened for requests and for work of their own, closed when neither needs them. */
export interface ServerInstances {
  readonly pool: InstancePool<OpenedInstance>;
  countSleeping(): Promise<SleepFigures>;
  /** Begins to wake those that sleep, unless this node only answers requests. */
  start(): void;
  close(): Promise<void>;
}

const SET_UP_WAIT_MS = 30_000;
/** Instances woken at once: what keeps one busy is mostly waiting for the disk. */
const WAKE_CONCURRENCY = 32;
/** How often the workers of an instance look for what other processes have queued, where they are told of it. */
const POLL_BESIDE_HINTS_MS = 15_000;
/** On a node that only answers requests: how often it says when the instances that it has open are due, for those who work. */
const REFRESH_MS = 600_000;

export async function openServerInstances(deps: ServerInstancesDeps): Promise<ServerInstances> {
  const { config, controlPlane, services, logger } = deps;
  const onError = (error: unknown) => logger.error({ err: error }, 'work in the background failed');
  const works = config.role !== 'web';
  const { database } = controlPlane;
  await using opening = new AsyncDisposableStack();
  const marks = opening.adopt(
    new OpenMarks({ database, clock: systemClock, holder: systemIds.uuid(), works, onError }),
    (opened) => opened.close(),
  );
  // On SQLite the data folder is this server's alone; the primary of several processes has said so before they started.
  if (config.databaseUrl === undefined && !services.isOneOfSeveral) await forgetHolders(database);
  const pool = createInstancePool<OpenedInstance>({
    registry: controlPlane.registry,
    maxOpen: config.maxOpenInstances,
    clock: systemClock,
    onError,
    openInstance: (record) => openMarked(record, { ...deps, marks, works, onError }),
  });
  opening.defer(() => pool.close());
  const waker = createWaker({
    marks,
    pool,
    clock: systemClock,
    concurrency: WAKE_CONCURRENCY,
    onWake: deps.onWake,
    onFailure: (sentence, error) => logger.error({ err: error }, sentence),
    onError,
  });
  opening.defer(() => waker.stop());
  const refresh = async () => {
    await pool.forEachOpen(async (instance) => {
      const nextDueAt = await instance.nextDueAt();
      if (nextDueAt !== undefined && instance.hosts.length > 0) marks.markDue(instance.id, nextDueAt);
    });
  };
  const timer = works ? undefined : setInterval(() => void refresh().catch(onError), REFRESH_MS).unref();
  opening.defer(() => clearInterval(timer));
  const onHint = (id: string | undefined) => {
    waker.look();
    const wake = async (instance: OpenedInstance) => {
      if (id === undefined || instance.id === id) instance.look();
    };
    pool.forEachOpen(wake).catch(onError);
  };
  const hints = works ? database.hints?.listen(onHint) : undefined;
  opening.defer(async () => hints?.close());
  const resources = opening.move();
  return {
    pool,
    countSleeping: () => marks.countSleeping(),
    start: () => {
      if (works) waker.start();
    },
    close: () => resources.disposeAsync(),
  };
}

interface MarkedDeps extends ServerInstancesDeps {
  readonly marks: OpenMarks;
  readonly works: boolean;
  readonly onError: (error: unknown) => void;
}

/** The default, which answers every host, has no row: it is never asleep. */
async function openMarked(record: InstanceRecord, deps: MarkedDeps): Promise<OpenedInstance> {
  const { marks, works, controlPlane, onError } = deps;
  const hasRow = record.hosts.length > 0;
  // A worker of this process hears of it anyway. What has no row is never asleep, but others may work on it.
  const onDue = works ? undefined : () => marks.markDue(record.id);
  const instance = await openWithAdministrator(record, deps, onDue);
  const { operations, auditEvents } = instance;
  if (hasRow) await marks.noteOpen(record.id);
  // A note for operators: an instance serves without it.
  await recordSchemaVersion(record, controlPlane.registry).catch(onError);
  const nextDueAt = () => operations.nextDueAt();
  return {
    ...instance,
    untilIdle: () => operations.untilIdle(),
    look: () => operations.look(),
    nextDueAt,
    close: async () => {
      // What was recorded and what is under way comes first: it is work to come.
      await auditEvents.flush();
      await operations.close();
      if (hasRow) await marks.noteClosed(record.id, nextDueAt);
      await instance.close();
    },
  };
}

async function openWithAdministrator(
  record: InstanceRecord,
  deps: MarkedDeps,
  onDue: (() => void) | undefined,
): Promise<Instance> {
  const {
    config,
    controlPlane,
    storages,
    services,
    passwordHasher,
    egressGuard,
    locks,
    works,
    onError,
    firstPassword,
  } = deps;
  const instance = await openInstance(record, {
    config,
    masterKeys: controlPlane.masterKeys,
    openStorage: (id) => storages.open(id),
    openDatabase: (id) => services.openInstanceDatabase(id),
    passwordHasher,
    egressGuard,
    locks,
    runsJobs: works,
    clock: systemClock,
    ids: systemIds,
    onError,
    onDue,
    pollMs: controlPlane.database.hints === undefined ? undefined : POLL_BESIDE_HINTS_MS,
  });
  try {
    await ensureAdministrator(instance, locks, firstPassword);
    return instance;
  } catch (error) {
    await instance.close();
    throw error;
  }
}

async function ensureAdministrator(
  { id, identity: { users } }: Instance,
  locks: Locks,
  firstPassword: ServerInstancesDeps['firstPassword'],
): Promise<void> {
  if (await users.isTaken(ADMINISTRATOR_NAME)) return;
  // Of two processes one makes the administrator: the other would write its own password over the first one's file.
  const release = await locks.acquire(`administrator of ${id}`, SET_UP_WAIT_MS);
  if (release === undefined) throw new Error(`another process is still setting the instance ${id} up`);
  try {
    if (!(await users.isTaken(ADMINISTRATOR_NAME))) {
      await users.ensureAdministrator(ADMINISTRATOR_NAME, await firstPassword(id));
    }
  } finally {
    release();
  }
}

/** An instance that was opened has every step of its schema. */
async function recordSchemaVersion(record: InstanceRecord, registry: InstanceRegistry): Promise<void> {
  const newest = Object.keys(INSTANCE_MIGRATIONS).toSorted().at(-1);
  if (newest === undefined || newest === record.schemaVersion) return;
  await registry.recordSchemaVersion(record.id, newest);
}
