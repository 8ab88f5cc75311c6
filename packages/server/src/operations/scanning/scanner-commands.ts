import type { Kysely } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { DEFAULT_SCANNER_SETTING, noSuchScanner, type ScannerSettings, toScannerSettings } from './scanner.ts';

export interface CreateScannerInput {
  readonly uuid: string;
  readonly settings: ScannerSettings;
  /** Sealed. */
  readonly credential: Uint8Array | null;
  readonly actor: Actor;
  readonly now: number;
}

/** The first that is enabled becomes the default one. @throws ProductError CONFLICT */
export async function createScanner(
  { tx }: InstanceTransaction,
  { uuid, settings, credential, actor, now }: CreateScannerInput,
): Promise<void> {
  await assertFree(tx, settings);
  await tx
    .insertInto('scanners')
    .values({
      ...columnsOf(settings),
      uuid,
      access_credential: credential === null ? null : Buffer.from(credential),
      version: 1,
      created_at: now,
      updated_at: now,
    })
    .execute();
  const isDefault = !settings.isDisabled && (await findDefault(tx)) === undefined;
  if (isDefault) await tx.insertInto('settings').values({ name: DEFAULT_SCANNER_SETTING, value: uuid }).execute();
  const detail = { uuid, ...shown(settings), hasCredential: credential !== null, isDefault };
  const event = { at: now, actor, resource: settings.name, outcome: 'done' } as const;
  await journalAuditSink.record(tx, { ...event, kind: 'scanner.created', detail });
}

export interface UpdateScannerInput extends Omit<CreateScannerInput, 'credential'> {
  /** As it was when the change was made up. */
  readonly version: number;
  /** Sealed; undefined: the one that there is. */
  readonly credential: Uint8Array | null | undefined;
}

/** @throws ProductError NOT_FOUND, CONFLICT (name or address are taken, or somebody else has changed it meanwhile) */
export async function updateScanner(
  { tx }: InstanceTransaction,
  { uuid, version, settings, credential, actor, now }: UpdateScannerInput,
): Promise<void> {
  const row = await getRow(tx, uuid);
  await assertFree(tx, settings, row.id);
  const given = credential === null || credential === undefined ? null : Buffer.from(credential);
  const kept = credential === undefined ? row.access_credential : given;
  const { numUpdatedRows } = await tx
    .updateTable('scanners')
    .set({ ...columnsOf(settings), access_credential: kept, version: version + 1, updated_at: now })
    .where('id', '=', row.id)
    .where('version', '=', version)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) {
    throw new ProductError('CONFLICT', 'this scanner was changed meanwhile: read it again');
  }
  const before = JSON.stringify(shown(toScannerSettings(row)));
  const detail = {
    uuid,
    before,
    after: JSON.stringify(shown(settings)),
    hasNewCredential: credential !== undefined,
  };
  const event = { at: now, actor, resource: settings.name, outcome: 'done' } as const;
  await journalAuditSink.record(tx, { ...event, kind: 'scanner.updated', detail });
}

export interface ScannerInput {
  readonly uuid: string;
  readonly actor: Actor;
  readonly now: number;
}

/** Projects that have chosen it have the default one from then on. @throws ProductError NOT_FOUND */
export async function deleteScanner({ tx }: InstanceTransaction, { uuid, actor, now }: ScannerInput): Promise<void> {
  const row = await getRow(tx, uuid);
  await tx.deleteFrom('settings').where('name', '=', DEFAULT_SCANNER_SETTING).where('value', '=', uuid).execute();
  await tx.deleteFrom('scanners').where('id', '=', row.id).execute();
  const event = { at: now, actor, resource: row.name, outcome: 'done', detail: { uuid, url: row.url } } as const;
  await journalAuditSink.record(tx, { ...event, kind: 'scanner.deleted' });
}

/** Nothing is written when it is that already. @throws ProductError NOT_FOUND, PRECONDITION (it is disabled) */
export async function setDefaultScanner(
  { tx }: InstanceTransaction,
  { uuid, actor, now }: ScannerInput,
): Promise<void> {
  const row = await getRow(tx, uuid);
  if (row.is_disabled !== 0) {
    throw new ProductError('PRECONDITION', `scanner ${row.name} is disabled: enable it before it is the default one`);
  }
  const before = await findDefault(tx);
  if (before === uuid) return;
  await tx
    .insertInto('settings')
    .values({ name: DEFAULT_SCANNER_SETTING, value: uuid })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: uuid }))
    .execute();
  const detail = { uuid, ...(before !== undefined && { before }) };
  const event = { at: now, actor, resource: row.name, outcome: 'done', detail } as const;
  await journalAuditSink.record(tx, { ...event, kind: 'scanner.made-default' });
}

export interface SetProjectScannerInput extends ScannerInput {
  readonly projectId: number;
}

/** @throws ProductError PROJECT_NOT_FOUND, NOT_FOUND (the scanner), PRECONDITION (it is disabled) */
export async function setProjectScanner(
  { tx, capabilities }: InstanceTransaction,
  { projectId, uuid, actor, now }: SetProjectScannerInput,
): Promise<void> {
  const there = tx.selectFrom('projects').select('id').where('id', '=', projectId);
  const project = await (capabilities.rowLocks ? there.forKeyShare() : there).executeTakeFirst();
  if (project === undefined) throw new ProductError('PROJECT_NOT_FOUND', 'there is no such project any more');
  const wanted = tx.selectFrom('scanners').select(['id', 'name', 'is_disabled']).where('uuid', '=', uuid);
  const scanner = await (capabilities.rowLocks ? wanted.forKeyShare() : wanted).executeTakeFirst();
  if (scanner === undefined) throw noSuchScanner();
  if (scanner.is_disabled !== 0) throw new ProductError('PRECONDITION', `scanner ${scanner.name} is disabled`);
  const choice = { scanner_id: scanner.id, updated_at: now };
  await tx
    .insertInto('project_scanners')
    .values({ project_id: projectId, ...choice })
    .onConflict((conflict) => conflict.column('project_id').doUpdateSet(choice))
    .execute();
  const event = { at: now, actor, resource: scanner.name, projectId, outcome: 'done', detail: { uuid } } as const;
  await journalAuditSink.record(tx, { ...event, kind: 'project.scanner-chosen' });
}

async function getRow(tx: Kysely<InstanceSchema>, uuid: string) {
  const row = await tx.selectFrom('scanners').selectAll().where('uuid', '=', uuid).executeTakeFirst();
  if (row === undefined) throw noSuchScanner();
  return row;
}

/** @returns its uuid */
async function findDefault(tx: Kysely<InstanceSchema>): Promise<string | undefined> {
  const setting = tx.selectFrom('settings').select('value').where('name', '=', DEFAULT_SCANNER_SETTING);
  return (await setting.executeTakeFirst())?.value;
}

async function assertFree(tx: Kysely<InstanceSchema>, { name, url }: ScannerSettings, exceptId = 0): Promise<void> {
  const other = await tx
    .selectFrom('scanners')
    .select('name')
    .where((where) => where.or([where('name', '=', name), where('url', '=', url)]))
    .where('id', '!=', exceptId)
    .executeTakeFirst();
  if (other === undefined) return;
  const message = other.name === name ? `scanner ${name} already exists` : `scanner ${other.name} has this address`;
  throw new ProductError('CONFLICT', message);
}

function columnsOf(settings: ScannerSettings) {
  const { name, url, description, auth, isInsecure, usesInternalAddress, isDisabled } = settings;
  return {
    ...{ name, url, description, auth },
    is_insecure: isInsecure ? 1 : 0,
    uses_internal_address: usesInternalAddress ? 1 : 0,
    is_disabled: isDisabled ? 1 : 0,
  };
}

function shown({ name, url, auth, isInsecure, usesInternalAddress, isDisabled }: ScannerSettings) {
  return { name, url, auth, isInsecure, usesInternalAddress, isDisabled };
}
