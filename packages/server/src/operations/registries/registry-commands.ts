import type { Kysely } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { noSuchRegistry, type RegistrySettings, toRemoteRegistry } from './remote-registry.ts';

export interface CreateRemoteRegistryInput {
  readonly settings: RegistrySettings;
  readonly secretId: string;
  /** Sealed. */
  readonly secret: Uint8Array | null;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns its id @throws ProductError CONFLICT */
export async function createRemoteRegistry(
  { tx }: InstanceTransaction,
  { settings, secretId, secret, actor, now }: CreateRemoteRegistryInput,
): Promise<number> {
  await assertNameIsFree(tx, settings.name);
  const { id } = await tx
    .insertInto('remote_registries')
    .values({
      ...columnsOf(settings),
      secret_id: secretId,
      access_secret: secret === null ? null : Buffer.from(secret),
      version: 1,
      created_at: now,
      updated_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const detail = { registryId: id, ...shown(settings), hasSecret: secret !== null };
  const event = { at: now, actor, resource: settings.name, outcome: 'done' } as const;
  await journalAuditSink.record(tx, { ...event, kind: 'registry.created', detail });
  return id;
}

export interface UpdateRemoteRegistryInput extends Omit<CreateRemoteRegistryInput, 'secret' | 'secretId'> {
  readonly id: number;
  /** As it was when the change was made up. */
  readonly version: number;
  /** Sealed; undefined: the one that there is. */
  readonly secret: Uint8Array | null | undefined;
}

/** @throws ProductError NOT_FOUND, CONFLICT (the name is taken, or somebody else has changed it meanwhile) */
export async function updateRemoteRegistry(
  { tx }: InstanceTransaction,
  { id, version, settings, secret, actor, now }: UpdateRemoteRegistryInput,
): Promise<void> {
  const row = await tx.selectFrom('remote_registries').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw noSuchRegistry(id);
  if (row.version !== version) {
    throw new ProductError('CONFLICT', 'this registry was changed meanwhile: read it again');
  }
  await assertNameIsFree(tx, settings.name, id);
  const given = secret === null || secret === undefined ? null : Buffer.from(secret);
  const kept = secret === undefined ? row.access_secret : given;
  const { numUpdatedRows } = await tx
    .updateTable('remote_registries')
    .set({ ...columnsOf(settings), access_secret: kept, version: version + 1, updated_at: now })
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) {
    throw new ProductError('CONFLICT', 'this registry was changed meanwhile: read it again');
  }
  const before = JSON.stringify(shown(toRemoteRegistry(row)));
  const detail = { registryId: id, before, after: JSON.stringify(shown(settings)), hasNewSecret: secret !== undefined };
  const event = { at: now, actor, resource: settings.name, outcome: 'done' } as const;
  await journalAuditSink.record(tx, { ...event, kind: 'registry.updated', detail });
}

export interface DeleteRemoteRegistryInput {
  readonly id: number;
  readonly actor: Actor;
  readonly now: number;
}

/** @throws ProductError NOT_FOUND, PRECONDITION (a replication policy names it) */
export async function deleteRemoteRegistry(
  { tx }: InstanceTransaction,
  { id, actor, now }: DeleteRemoteRegistryInput,
): Promise<void> {
  const row = await tx.selectFrom('remote_registries').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw noSuchRegistry(id);
  const policy = await tx
    .selectFrom('replication_policies')
    .select('name')
    .where((where) => where.or([where('src_registry_id', '=', id), where('dest_registry_id', '=', id)]))
    .limit(1)
    .executeTakeFirst();
  if (policy !== undefined) {
    const message = `registry ${id} is referenced by replication policies, such as "${policy.name}": delete them first`;
    throw new ProductError('PRECONDITION', message);
  }
  await tx.deleteFrom('remote_registries').where('id', '=', id).execute();
  const detail = { registryId: id, kind: row.kind, url: row.url };
  const event = { at: now, actor, resource: row.name, outcome: 'done' } as const;
  await journalAuditSink.record(tx, { ...event, kind: 'registry.deleted', detail });
}

async function assertNameIsFree(tx: Kysely<InstanceSchema>, name: string, exceptId = 0): Promise<void> {
  const other = await tx
    .selectFrom('remote_registries')
    .select('id')
    .where('name', '=', name)
    .where('id', '!=', exceptId)
    .executeTakeFirst();
  if (other !== undefined) throw new ProductError('CONFLICT', `registry ${name} already exists`);
}

function columnsOf(settings: RegistrySettings) {
  const { name, kind, url, description, accessKey, isInsecure, caCertificate } = settings;
  return {
    ...{ name, kind, url, description },
    access_key: accessKey,
    is_insecure: isInsecure ? 1 : 0,
    ca_certificate: caCertificate,
  };
}

function shown({ name, kind, url, accessKey, isInsecure, caCertificate }: RegistrySettings) {
  return { name, kind, url, accessKey, isInsecure, hasCaCertificate: caCertificate !== '' };
}
