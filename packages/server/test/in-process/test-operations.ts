import { DEFAULT_COLLECTION_SETTINGS } from '../../src/content/collection/collection-settings.ts';
import type { InstanceDatabase } from '../../src/db/instance/instance-database.ts';
import type { BlobStorage } from '../../src/drivers/blob-storage/blob-storage.ts';
import type { Actor } from '../../src/kernel/actor.ts';
import { createEgressGuard } from '../../src/kernel/egress-guard.ts';
import { systemIds } from '../../src/kernel/ids.ts';
import { createNetworkRules, type NetworkRules } from '../../src/network-rules/network-rules.ts';
import { type AuditEvents, openAuditEvents } from '../../src/operations/audit-events/audit-events.ts';
import { AuditList } from '../../src/operations/audit-events/audit-list.ts';
import type { OperationExecution, OperationJob } from '../../src/operations/executions/executions.ts';
import type { ServerCertificate } from '../../src/operations/mail/expiries.ts';
import { createOperations, type Operations } from '../../src/operations/operations.ts';
import { createProjects, type Projects } from '../../src/projects/projects.ts';
import { openTestContent, type TestContent } from './test-content.ts';
import type { Engine } from './test-database.ts';
import { createTestSecrets } from './test-envelope.ts';
import { START_MS } from './test-identity.ts';
import { RECOVERY_INSTANCE } from './test-recovery.ts';

export const COLLECTION_INTERVAL_MS = 60_000;
export const AUDIT_INTERVAL_MS = 10_000;

export const OPERATOR: Actor = {
  principal: { kind: 'user', id: 1, name: 'admin', isAdministrator: true },
  requestId: 'request-1',
  address: '192.0.2.1',
  userAgent: 'test',
};

/** What an execution has come to. */
export interface EndedExecution {
  readonly execution: OperationExecution;
  readonly job: OperationJob;
  readonly log: string;
}

/**
 * The operations of one instance on a real database, with its blobs in memory. They work once they are started. Tests of a file
 * share them, and reset them in between.
 */
export interface TestOperations extends TestContent {
  /** What the server shows. */
  readonly certificate: { current: ServerCertificate | undefined };
  /** Others after each reset. */
  readonly operations: Operations;
  readonly projects: Projects;
  readonly auditEvents: AuditEvents;
  readonly auditList: AuditList;
  readonly networkRules: NetworkRules;
  readonly storage: BlobStorage;
  /** Waits until it has ended. */
  ended(execution: Pick<OperationExecution, 'id'>): Promise<EndedExecution>;
  /** The operations of the same instance in another process. */
  createAnother(database: InstanceDatabase): Operations;
  /** Ends what works, and forgets everything, as if it was opened anew at the first instant. */
  reset(options?: { readonly scrubBytesPerSecond: number }): Promise<void>;
}

/** Dependants first. */
const OWN_TABLES = [
  'job_log',
  'jobs',
  'job_executions',
  'audit_segments',
  'audit_tiles',
  'audit_checkpoints',
  'audit_keys',
  'audit_witnesses',
  'audit_forwarding',
  'mail_settings',
  'mail_queue',
  'expiry_notices',
  'account_links',
  'password_reset_requests',
] as const;
const POLL_MS = 10;
const MAX_WAIT_MS = 15_000;

export async function openTestOperations(engine: Engine): Promise<TestOperations> {
  const storages: BlobStorage[] = [];
  const keep = (storage: BlobStorage) => {
    storages.push(storage);
    return storage;
  };
  const test = await openTestContent({ engine, wrapStorage: keep });
  const [storage] = storages;
  if (storage === undefined) throw new Error('the content has asked for no storage');
  let settings = DEFAULT_COLLECTION_SETTINGS;
  let scrubBytesPerSecond = 0;
  let created: Operations[] = [];
  const secrets = createTestSecrets(Buffer.alloc(32, 7), 'test');
  // Receivers of tests are on this machine.
  const guard = createEgressGuard({ allow: ['127.0.0.1/32'] });
  const auditLog = {
    instanceId: RECOVERY_INSTANCE,
    secrets,
    egressGuard: guard,
    intervalMs: AUDIT_INTERVAL_MS,
    witnessFile: undefined,
  };
  const certificate: TestOperations['certificate'] = { current: undefined };
  const createAnother = (database: InstanceDatabase) => {
    const operations = createOperations({
      database,
      storage,
      content: test.content,
      clock: test.clock,
      ids: systemIds,
      collection: () => settings,
      collectionIntervalMs: COLLECTION_INTERVAL_MS,
      scrubBytesPerSecond,
      auditLog,
      auditForwarding: { secrets, guard, instanceId: 'test', hostname: 'registry.example' },
      readCertificate: async () => certificate.current,
      pollMs: 50,
      onError: (error) => test.errors.push(error),
    });
    created.push(operations);
    return operations;
  };
  const closeAll = async () => {
    await Promise.all(created.map((each) => each.close()));
    created = [];
  };
  let operations = createAnother(test.database);
  const { database, clock } = test;
  const onError = (error: unknown) => test.errors.push(error);
  const auditEvents = await openAuditEvents({ database, clock, onError });
  return {
    ...test,
    certificate,
    get operations() {
      return operations;
    },
    projects: createProjects({ database: test.database, clock: test.clock }),
    auditEvents,
    auditList: new AuditList(database),
    networkRules: createNetworkRules({ database: test.database, clock: test.clock }),
    storage,
    configure: (change) => {
      settings = { ...settings, ...change };
      test.configure(change);
    },
    createAnother,
    ended: (execution) => waitForEnd(operations, execution.id),
    reset: async (options) => {
      await closeAll();
      await test.database.write(async (tx) => {
        for (const table of OWN_TABLES) await tx.deleteFrom(table).execute();
        await tx.updateTable('audit_state').set({ settled_id: 0, fence_id: null, fence_writers: null }).execute();
      });
      await test.reset();
      settings = DEFAULT_COLLECTION_SETTINGS;
      test.configure(settings);
      test.clock.advance(START_MS - test.clock.now());
      scrubBytesPerSecond = options?.scrubBytesPerSecond ?? 0;
      operations = createAnother(test.database);
    },
    close: async () => {
      await closeAll();
      await auditEvents.close();
      await guard.close();
      await test.close();
    },
  };
}

async function waitForEnd({ executions }: Operations, id: number): Promise<EndedExecution> {
  for (const deadline = Date.now() + MAX_WAIT_MS; Date.now() < deadline; ) {
    const { execution, jobs } = await executions.get(id);
    const [job] = jobs;
    if (job === undefined) throw new Error(`the execution ${id} has no job`);
    if (execution.endedAt !== undefined) return { execution, job, log: await executions.readLog(job.id) };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`the execution ${id} has not ended`);
}
