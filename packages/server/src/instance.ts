import type { Config } from './config/config.ts';
import type { StoredBlob } from './content/blobs/blob-reads.ts';
import { type CollectionSettings, DEFAULT_COLLECTION_SETTINGS } from './content/collection/collection-settings.ts';
import { type Content, createContent } from './content/content.ts';
import { DEFAULT_INSTANCE_ID } from './control-plane/instances/instance-id.ts';
import type { InstanceDatabase } from './db/instance/instance-database.ts';
import type { BlobStorage, ObjectLocation } from './drivers/blob-storage/blob-storage.ts';
import { createStorageKey } from './drivers/blob-storage/storage-key.ts';
import { createIdentity, type Identity } from './identity/identity.ts';
import type { PasswordHasher } from './identity/password-hasher.ts';
import type { Clock } from './kernel/clock.ts';
import type { EgressGuard } from './kernel/egress-guard.ts';
import type { Ids } from './kernel/ids.ts';
import type { Locks } from './kernel/locks.ts';
import type { MasterKeys } from './kernel/master-keys.ts';
import type { Secrets } from './kernel/secrets-envelope.ts';
import { createNetworkRules, type NetworkRules } from './network-rules/network-rules.ts';
import { type AuditEventFigures, type AuditEvents, openAuditEvents } from './operations/audit-events/audit-events.ts';
import { AuditList } from './operations/audit-events/audit-list.ts';
import type { ForwardingFigures } from './operations/audit-events/forwarding/audit-forwarding.ts';
import { InstanceConfiguration } from './operations/configuration/instance-configuration.ts';
import { createExternalServices, type ExternalServices } from './operations/external-services.ts';
import { readServerCertificate } from './operations/mail/read-server-certificate.ts';
import type { OperationFigures } from './operations/operation-figures.ts';
import { createOperations, type Operations, type OperationsDeps } from './operations/operations.ts';
import { ComponentChecks } from './operations/system/component-checks.ts';
import { createInstanceSystem, type InstanceSystem } from './operations/system/instance-system.ts';
import { createUpkeep, type Upkeep } from './operations/upkeep/upkeep.ts';
import { createPolicies, type Policies } from './policies/policies.ts';
import { createPullRulesGate } from './policies/pull-rules/pull-rules-gate.ts';
import { createTokenAccounts, type TokenAccounts } from './projects/access-tokens/token-accounts.ts';
import { countStatistics, type ProjectStatistics } from './projects/count-statistics.ts';
import { Names } from './projects/names/names.ts';
import { createProjects, type Projects } from './projects/projects.ts';
import { Promotions } from './projects/promotions/promotions.ts';
import { createRobotAccounts, type RobotAccounts } from './projects/robots/robot-accounts.ts';
import { RuleAccounts } from './projects/workload-rules/rule-accounts.ts';

/** How the audit log is written and forwarded. */
type AuditFigures = AuditEventFigures & { readonly forwarding: ForwardingFigures | undefined };

import { createSecretRotation, type SecretRotation } from './secrets/secret-rotation.ts';
import { openSecrets } from './secrets/stored-secrets.ts';

/** One registry: everything that a customer owns, and nothing of anybody else. */
export interface Instance {
  readonly id: string;
  readonly hosts: readonly string[];
  readonly content: Content;
  /** Where the blob's bytes lie, if another than this process can read them there; undefined when they are gone. */
  locateBlob(blob: StoredBlob): Promise<ObjectLocation | undefined>;
  readonly projects: Projects;
  readonly robotAccounts: RobotAccounts;
  readonly tokenAccounts: TokenAccounts;
  readonly ruleAccounts: RuleAccounts;
  readonly names: Names;
  readonly promotions: Promotions;
  readonly identity: Identity;
  readonly policies: Policies;
  readonly networkRules: NetworkRules;
  readonly secretRotation: SecretRotation;
  readonly operations: Operations;
  readonly configuration: InstanceConfiguration;
  readonly system: InstanceSystem;
  readonly externalServices: ExternalServices;
  readonly upkeep: Upkeep;
  readonly auditEvents: AuditEvents;
  readonly auditList: AuditList;
  /** Proves that database and blobs answer and take writes now; throws what is wrong. */
  checkHealth(): Promise<void>;
  /** How many projects and repositories it holds, and how its work in the background is. */
  statistics(): Promise<ProjectStatistics & { readonly operations: OperationFigures; readonly audit: AuditFigures }>;
  close(): Promise<void>;
}

export interface InstanceDeps {
  readonly config: Config;
  /** The instance's own part of the blob storage. */
  readonly openStorage: (id: string) => Promise<BlobStorage>;
  /** The instance's database with its schema up to date, wherever its writer is. */
  readonly openDatabase: (id: string) => Promise<InstanceDatabase>;
  readonly masterKeys: MasterKeys;
  readonly locks: Locks;
  /** Shared by all instances, so that passwords never take more cores than it has threads. */
  readonly passwordHasher: PasswordHasher;
  /** Shared by all instances: the way to every address that a user has set. */
  readonly egressGuard: EgressGuard;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Whether it works on the instance's jobs. Default: yes. */
  readonly runsJobs?: boolean;
  /** Told that somebody has given the instance work, which is in its database by then. */
  readonly onDue?: (() => void) | undefined;
  /** How often it looks for what other processes have queued, at least. Default: 5 s. */
  readonly pollMs?: number | undefined;
  /** Told of work that failed in the background. */
  readonly onError: (error: unknown) => void;
}

/** What the control plane knows of it. */
interface InstanceRecord {
  readonly id: string;
  readonly hosts: readonly string[];
}

/** Opens an instance: its database brought up to date, its storage, its keys and its features, wired by hand. */
export async function openInstance(record: InstanceRecord, deps: InstanceDeps): Promise<Instance> {
  const { config, clock, ids } = deps;
  await using opening = new AsyncDisposableStack();
  const database = opening.adopt(await deps.openDatabase(record.id), (opened) => opened.close());
  const storage = opening.adopt(await deps.openStorage(record.id), (opened) => opened.close());
  const auditEvents = opening.adopt(await openAuditEvents({ database, clock, onError: deps.onError }), (opened) =>
    opened.close(),
  );
  const sealing = { database, clock, ids, instanceId: record.id, masterKeys: deps.masterKeys };
  const secrets = await openSecrets(sealing);
  const identity = opening.adopt(openIdentity(record, deps, { database, secrets, auditEvents }), (opened) =>
    opened.close(),
  );
  const projects = createProjects({
    database,
    clock,
    settings: () => identity.accessSettings.get(),
    createsProjects: config.createProjectsOnPush,
  });
  identity.groups.onChange(() => projects.forgetRights());
  const forwarding = () => operations.auditForwarding;
  const configuration = new InstanceConfiguration({ database, clock, identity, auditEvents, forwarding });
  const content = openContent(deps, { database, storage, configuration });
  opening.defer(() => content.pulls.close());
  const operations = openOperations(record, deps, { database, storage, secrets, content });
  opening.defer(() => operations.close());
  if (deps.runsJobs ?? true) operations.start();
  const resources = opening.move();
  return {
    ...record,
    content,
    // Every stored copy is plain so far; one that is sealed leads nowhere.
    locateBlob: async (blob) => storage.locateObject?.(blob.storageKey),
    projects,
    robotAccounts: createRobotAccounts({ robots: identity.robots, projects }),
    tokenAccounts: createTokenAccounts({ accessTokens: identity.accessTokens, users: identity.users, projects }),
    names: new Names({ database, clock, projects }),
    promotions: new Promotions({ projects, content }),
    ruleAccounts: new RuleAccounts({ rules: identity.workloadRules, explainer: identity.tokenExplainer, projects }),
    identity,
    policies: createPolicies({ database, clock }),
    networkRules: createNetworkRules({ database, clock }),
    secretRotation: createSecretRotation({ ...sealing, secrets }),
    operations,
    configuration,
    system: openSystem(deps, { database, storage }),
    externalServices: createExternalServices({ database, clock, ids, secrets, guard: deps.egressGuard }),
    upkeep: createUpkeep({ database, clock, onDue: () => operations.look() }),
    auditEvents,
    auditList: new AuditList(database),
    checkHealth: () => checkEngines(database, storage),
    statistics: () => countAll(database, operations, auditEvents),
    close: () => resources.disposeAsync(),
  };
}

function openContent(
  { config, clock, ids, locks, onError }: InstanceDeps,
  parts: {
    readonly database: InstanceDatabase;
    readonly storage: BlobStorage;
    readonly configuration: InstanceConfiguration;
  },
): Content {
  return createContent({
    ...{ database: parts.database, storage: parts.storage, clock, ids, onError, createStorageKey },
    pullGates: [createPullRulesGate(parts.database, clock)],
    allowsSparse: config.sparseIndexes,
    uploadLocks: locks,
    uploadExpiryMs: config.uploadExpiryMs,
    collection: toCollectionSettings(config),
    wantedNotes: () => parts.configuration.findWantedNotes(),
  });
}

function openSystem(
  { config, clock, onError }: InstanceDeps,
  { database, storage }: { readonly database: InstanceDatabase; readonly storage: BlobStorage },
): InstanceSystem {
  // Harbor's names for these parts.
  const checks = { database: () => database.checkHealth(), registry: () => storage.checkHealth() };
  return createInstanceSystem({
    storage,
    checks: new ComponentChecks(checks, clock, onError),
    certFile: config.tls?.certFile,
  });
}

function openOperations(
  record: InstanceRecord,
  deps: InstanceDeps,
  parts: Pick<OperationsDeps, 'database' | 'storage' | 'content'> & { readonly secrets: Secrets },
): Operations {
  const { config } = deps;
  const { database, storage, content, secrets } = parts;
  const { id: instanceId } = record;
  return createOperations({
    database,
    storage,
    content,
    clock: deps.clock,
    ids: deps.ids,
    collection: toCollectionSettings(config),
    collectionIntervalMs: config.collection.intervalMs,
    scrubBytesPerSecond: config.scrubBytesPerSecond,
    recovery: { instanceId, secrets, intervalMs: config.recoveryIntervalMs },
    auditLog: {
      instanceId,
      secrets,
      egressGuard: deps.egressGuard,
      intervalMs: config.audit.intervalMs,
      witnessFile: config.audit.witnessFile,
    },
    auditForwarding: { instanceId, secrets, guard: deps.egressGuard, hostname: hostnameOf(record, config) },
    linkOrigin: linkOriginOf(record, config),
    // The operator's: customers' instances tell nobody of it.
    ...(instanceId === DEFAULT_INSTANCE_ID && { readCertificate: () => readServerCertificate(config.tls?.certFile) }),
    onError: deps.onError,
    onDue: deps.onDue,
    ...(deps.pollMs !== undefined && { pollMs: deps.pollMs }),
  });
}

function openIdentity(
  record: InstanceRecord,
  { config, clock, ids, passwordHasher, egressGuard: guard }: InstanceDeps,
  parts: {
    readonly database: InstanceDatabase;
    readonly secrets: Secrets;
    readonly auditEvents: AuditEvents;
  },
): Identity {
  const { database, secrets, auditEvents: loginEvents } = parts;
  const tokenTtlSeconds = Math.floor(config.tokenTtlMs / 1_000);
  return createIdentity({
    database,
    clock,
    ids,
    secrets,
    instanceId: record.id,
    guard,
    linkOrigin: linkOriginOf(record, config),
    passwordHasher,
    loginEvents,
    tokenTtlSeconds,
    providerRefreshMs: config.providerRefreshMs,
    plainHttpHosts: config.egressAllow,
  });
}

/** What others call the instance: its first host, or the one of the external URL. */
function hostnameOf({ hosts }: { readonly hosts: readonly string[] }, { externalUrl }: Config): string {
  return hosts[0] ?? (externalUrl === undefined ? 'localhost' : new URL(externalUrl).hostname);
}

/**
 * Where links in mails lead: the external URL, or the first host of the instance, by the scheme of the former. Never what a request says:
 * whoever asks for a link for somebody else would choose who gets it.
 */
function linkOriginOf({ id, hosts }: InstanceRecord, { externalUrl }: Config): string | undefined {
  const [host] = hosts;
  if (externalUrl !== undefined && id === DEFAULT_INSTANCE_ID) return externalUrl;
  if (host === undefined) return undefined;
  return `${externalUrl === undefined ? 'https:' : new URL(externalUrl).protocol}//${host}`;
}

async function countAll(
  database: InstanceDatabase,
  operations: Operations,
  auditEvents: AuditEvents,
): ReturnType<Instance['statistics']> {
  return {
    ...(await countStatistics(database.reader)),
    operations: await operations.figures(),
    audit: { ...auditEvents.figures(), forwarding: await operations.auditForwarding.figures() },
  };
}

async function checkEngines(database: InstanceDatabase, storage: BlobStorage): Promise<void> {
  await database.checkHealth();
  await storage.checkHealth();
}

function toCollectionSettings({ collection }: Config): () => CollectionSettings {
  const { intervalMs: _, ...configured } = collection;
  const settings = { ...DEFAULT_COLLECTION_SETTINGS, ...configured };
  return () => settings;
}
