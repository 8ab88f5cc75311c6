import { hash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { fromDigestBytes } from '../../../content/digest-bytes.ts';
import type { InstanceSchema } from '../../../db/instance/schema.ts';
import type { Database } from '../../../drivers/database/database.ts';
import { SIGNING_KEY_SETTING } from '../../../identity/ensure-signing-key.ts';
import { placeOfSigningKey } from '../../../identity/signing-keys.ts';
import type { LearningEnvelope } from '../../../secrets/learning-envelope.ts';
import { CURRENT_KEY_SETTING, readSecretKeyRows } from '../../../secrets/secret-key-rows.ts';
import type { RecordRef } from '../record.ts';
import type { RowValues } from '../recovered-row.ts';
import { RECOVERED_TABLES, type RecoveredTable } from '../recovered-tables.ts';
import { type ParsedRow, parseRowLine } from '../row-text.ts';
import type { ChosenRecords } from './choose-records.ts';
import { insertRows } from './insert-rows.ts';
import type { RecordSource } from './record-source.ts';

export interface RestoreDeps {
  readonly database: Database<InstanceSchema>;
  readonly source: RecordSource;
  readonly envelope: LearningEnvelope;
  /** When the collector looks at what was restored, and until when whoever pushes may rely on it. */
  readonly reviewAfter: number;
  readonly heldUntil: number;
  readonly onProgress: (text: string) => void;
}

export interface RestoredRows {
  /** By table. */
  readonly counts: Readonly<Record<string, number>>;
  /** Manifests whose bytes are not those of their digest; they are left out, and so are the tags that stood at them. */
  readonly damagedManifests: readonly DamagedManifest[];
  readonly leftOutTags: number;
  /** Rows with a secret that the master key does not open. */
  readonly unopened: readonly string[];
}

export interface DamagedManifest {
  readonly digest: string;
  readonly repositoryId: number;
}

const BATCH_ROWS = 250;
const BATCH_BYTES = 4 * 1024 * 1024;
/** Ids that were given after the last shipment are not given again. */
const ID_GAP = 1_000;

/** Puts the rows of the state that the records give into an empty database. */
export async function restoreRows(deps: RestoreDeps, chosen: ChosenRecords): Promise<RestoredRows> {
  const changed = await collectChanged(deps, chosen);
  const parts = await sortParts(deps, chosen.base.parts);
  const restoring = new Restoring(deps);
  for (const table of RECOVERED_TABLES) {
    const newer = changed.get(table.name) ?? new Map<string, string>();
    for (const key of newer.keys()) restoring.noteId(table, key);
    for (const name of parts.get(table.name) ?? []) {
      const record = await deps.source.find(name, 'base-part');
      if (record === undefined) throw new Error(`the record ${name} was there a moment ago and is not any more`);
      for (const line of record.lines) {
        const row = parseRowLine(line, deps.envelope);
        if (!newer.has(row.key)) await restoring.add(table, row);
      }
    }
    for (const line of newer.values()) await restoring.add(table, parseRowLine(line, deps.envelope));
    await restoring.endTable(table);
  }
  await deps.database.write((tx) =>
    tx
      .deleteFrom('settings')
      .where('name', '=', SIGNING_KEY_SETTING)
      .where('value', 'not in', tx.selectFrom('signing_keys').select('id'))
      .execute(),
  );
  await deps.database.write(forgetLostKey);
  return restoring.result();
}

/** Without the key that sealed, the first start makes another. */
async function forgetLostKey(tx: Kysely<InstanceSchema>): Promise<void> {
  const { keys, current } = await readSecretKeyRows(tx);
  if (current === undefined || keys.some(({ id }) => id === current.id)) return;
  await tx.deleteFrom('settings').where('name', '=', CURRENT_KEY_SETTING).execute();
}

/** The newest line of each row that has changed since the base began, by table and key. */
async function collectChanged(
  { source }: RestoreDeps,
  { changes }: ChosenRecords,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const changed = new Map<string, Map<string, string>>();
  for (const { name } of changes) {
    const record = await source.find(name, 'changes');
    if (record === undefined) throw new Error(`the record ${name} was there a moment ago and is not any more`);
    for (const line of record.lines) {
      const { table, key } = JSON.parse(line) as { readonly table: string; readonly key: string };
      const rows = changed.get(table) ?? new Map<string, string>();
      rows.set(key, line);
      changed.set(table, rows);
    }
  }
  return changed;
}

/** Each part has rows of one table. */
async function sortParts(
  { source }: RestoreDeps,
  parts: readonly RecordRef[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const sorted = new Map<string, string[]>();
  for (const { name } of parts) {
    const [line] = (await source.find(name, 'base-part'))?.lines ?? [];
    if (line === undefined) continue;
    const { table } = JSON.parse(line) as { readonly table: string };
    sorted.set(table, [...(sorted.get(table) ?? []), name]);
  }
  return sorted;
}

class Restoring {
  readonly #deps: RestoreDeps;
  readonly #counts: Record<string, number> = {};
  readonly #damaged = new Map<unknown, DamagedManifest>();
  readonly #unopened: string[] = [];
  #leftOutTags = 0;
  #batch: RowValues[] = [];
  #batchBytes = 0;
  #maxId = 0;

  constructor(deps: RestoreDeps) {
    this.#deps = deps;
  }

  noteId(table: RecoveredTable, key: string): void {
    if (table.hasIds) this.#maxId = Math.max(this.#maxId, Number(key));
  }

  async add(table: RecoveredTable, row: ParsedRow): Promise<void> {
    this.noteId(table, row.key);
    if (row.values === undefined || !this.#isSound(table, row.values)) return;
    if (table.name === 'signing_keys' && !this.#opens(row)) return;
    if (table.name === 'settings' && !this.#learns(row.values)) return;
    for (const column of row.unopened) this.#unopened.push(`${row.table} ${row.key} ${column}`);
    this.#batch.push(this.#withTimes(table, row.values));
    this.#batchBytes += Number(table.sizeColumn === undefined ? 0 : row.values[table.sizeColumn]);
    if (this.#batch.length >= BATCH_ROWS || this.#batchBytes >= BATCH_BYTES) await this.#flush(table);
  }

  async endTable(table: RecoveredTable): Promise<void> {
    await this.#flush(table);
    if (table.hasIds) await this.#deps.database.write((tx) => setNextId(this.#deps.database, tx, table, this.#maxId));
    this.#maxId = 0;
    this.#deps.onProgress(`${table.name}: ${this.#counts[table.name] ?? 0} rows`);
  }

  result(): RestoredRows {
    return {
      counts: this.#counts,
      damagedManifests: [...this.#damaged.values()],
      leftOutTags: this.#leftOutTags,
      unopened: this.#unopened,
    };
  }

  /** A manifest is served as it is in the row, so its bytes have to be those of its digest. */
  #isSound({ name }: RecoveredTable, values: RowValues): boolean {
    if (name === 'tags' && this.#damaged.has(values['manifest_id'])) {
      this.#leftOutTags += 1;
      return false;
    }
    if (name !== 'manifests' && name !== 'trashed_manifests') return true;
    const digest = fromDigestBytes(values['digest'] as Uint8Array);
    const [algorithm = '', expected] = digest.split(':');
    if (hash(algorithm, values['bytes'] as Uint8Array) === expected) return true;
    const repositoryId = Number(values['repository_id'] ?? 0);
    this.#damaged.set(name === 'manifests' ? values['id'] : values, { digest, repositoryId });
    return false;
  }

  /** With a key that does not open nothing could be signed; without one a new one is made. */
  #opens({ key, values }: ParsedRow): boolean {
    try {
      this.#deps.envelope.open(placeOfSigningKey(key), values?.['private_jwk'] as Uint8Array);
      return true;
    } catch {
      this.#unopened.push(`signing_keys ${key} private_jwk`);
      return false;
    }
  }

  /** Secrets come sealed by the instance's keys, and these are among the first rows. */
  #learns({ name, value }: RowValues): boolean {
    if (this.#deps.envelope.learn(String(name), String(value))) return true;
    this.#unopened.push(`settings ${String(name)} value`);
    return false;
  }

  #withTimes({ name }: RecoveredTable, values: RowValues): RowValues {
    const { reviewAfter: review_after, heldUntil: held_until } = this.#deps;
    if (name === 'blobs') return { ...values, review_after };
    if (name === 'repository_blobs') return { ...values, review_after, held_until };
    return name === 'manifests' ? { ...values, held_until } : values;
  }

  async #flush(table: RecoveredTable): Promise<void> {
    const rows = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    if (rows.length === 0) return;
    const { database } = this.#deps;
    await database.write(async (tx) => {
      await insertRows(database, tx, table, rows);
      // It is in the storage already; a new base comes with the first start anyway.
      await tx.deleteFrom('row_changes').execute();
    });
    this.#counts[table.name] = (this.#counts[table.name] ?? 0) + rows.length;
  }
}

async function setNextId(
  { capabilities }: Database<InstanceSchema>,
  tx: Kysely<InstanceSchema>,
  { name }: RecoveredTable,
  maxId: number,
): Promise<void> {
  const last = maxId + ID_GAP;
  if (capabilities.identityColumns) {
    await sql`select setval(pg_get_serial_sequence(${name}, 'id'), ${last})`.execute(tx);
    return;
  }
  await sql`delete from sqlite_sequence where name = ${name}`.execute(tx);
  await sql`insert into sqlite_sequence (name, seq) values (${name}, ${last})`.execute(tx);
}
