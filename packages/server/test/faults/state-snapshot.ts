import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import SqliteConnection from 'better-sqlite3';
import type { Target } from './fault-class.ts';

/** Everything that an attack could have changed: what it is called, and what it was (a hash, a count). */
export type StateSnapshot = ReadonlyMap<string, string>;

export interface SnapshotOptions {
  readonly target: Target;
  readonly dataDir: string;
  /** The instance's SQLite file; undefined on another engine. */
  readonly databaseFile: string | undefined;
}

/**
 * Open uploads come and go with every attack on them; what they may become is looked at elsewhere. Jobs are the server's own
 * work, whoever attacks it. What was changed is noted for recovery by allowed pushes and deletions, too. Pulls are noted some time
 * after allowed ones, and configs are read for lists when somebody asks for those.
 */
const UNCOMPARED_TABLES: ReadonlySet<string> = new Set([
  'uploads',
  'sqlite_sequence',
  'jobs',
  'job_log',
  'row_changes',
  'pulls',
  'manifest_configs',
]);
/** When the collector looks at a blob changes with every push and deletion that names it, allowed ones included; so do times of pulls. */
const UNCOMPARED_COLUMNS: ReadonlySet<string> = new Set(['review_after', 'held_until', 'last_used_at', 'pulled_at']);
/** The audit log tells of each try to sign in, and grows by itself. */
const IS_AUDIT_TABLE = /^audit_/;
const TOLD_OF_CHANGES = "kind not like 'login.%' and kind not like 'audit%'";

/** The state as the API shows it, as the database holds it, and the names of the files in the data folder. */
export async function takeSnapshot(options: SnapshotOptions): Promise<StateSnapshot> {
  const state = new Map<string, string>();
  await readThroughApi(options.target, state);
  if (options.databaseFile !== undefined) readDatabase(options.databaseFile, state);
  const names = await readdir(options.dataDir, { recursive: true });
  const kept = names.filter((name) => !name.includes(`${path.sep}uploads${path.sep}`) && !/-(?:wal|shm)$/.test(name));
  state.set('files of the data folder', `${kept.length} files ${hash(kept.toSorted().join('\n'))}`);
  return state;
}

/** The names of what differs, with what it was and is. */
export function compareSnapshots(before: StateSnapshot, after: StateSnapshot): readonly string[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys
    .filter((key) => before.get(key) !== after.get(key))
    .map((key) => `${key}: was ${before.get(key) ?? 'absent'}, is ${after.get(key) ?? 'absent'}`);
}

async function readThroughApi(target: Target, state: Map<string, string>): Promise<void> {
  const { content } = target;
  const read = async (apiPath: string): Promise<string> => {
    const response = await fetch(`http://${target.host}${apiPath}`, {
      headers: { Authorization: target.authorization },
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const headers = ['content-type', 'docker-content-digest', 'link', 'range'].map((name) =>
      response.headers.get(name),
    );
    state.set(`GET ${apiPath}`, `${response.status} ${headers.join(' ')} ${bytes.length} bytes ${hash(bytes)}`);
    return bytes.toString('utf8');
  };
  await read('/api/v2.0/projects?page_size=100');
  await read(content.uploadPath);
  const { repositories } = JSON.parse(await read('/v2/_catalog')) as { repositories: readonly string[] };
  for (const repository of repositories) {
    const { tags } = JSON.parse(await read(`/v2/${repository}/tags/list`)) as { tags: readonly string[] };
    const manifests = [content.image, content.index, content.artifact].map(({ digest }) => digest);
    for (const reference of [...tags, ...manifests]) await read(`/v2/${repository}/manifests/${reference}`);
    for (const subject of manifests) await read(`/v2/${repository}/referrers/${subject}`);
    for (const { digest } of [content.blob, content.config, content.wideBlob, ...content.markupBlobs]) {
      await read(`/v2/${repository}/blobs/${digest}`);
    }
  }
}

function readDatabase(file: string, state: Map<string, string>): void {
  const database = new SqliteConnection(file, { readonly: true });
  try {
    const tables = database.prepare<[], { name: string }>("select name from sqlite_master where type = 'table'").all();
    for (const { name } of tables) {
      if (UNCOMPARED_TABLES.has(name) || IS_AUDIT_TABLE.test(name)) continue;
      const condition = name === 'journal' ? ` where ${TOLD_OF_CHANGES}` : '';
      const columns = listColumns(database, name, name === 'journal');
      const rows = database.prepare(`select ${columns} from "${name}"${condition}`).raw(true).all();
      state.set(`table ${name}`, `${rows.length} rows ${hash(JSON.stringify(rows))}`);
      if (name === 'journal') countJournal(database, state);
    }
  } finally {
    database.close();
  }
}

function listColumns(database: SqliteConnection.Database, table: string, isJournal: boolean): string {
  const columns = database.prepare<[string], { name: string }>('select name from pragma_table_info(?)').all(table);
  // Entries that are not compared take numbers, too.
  const compared = columns.filter(({ name }) => !UNCOMPARED_COLUMNS.has(name) && !(isJournal && name === 'id'));
  return compared.map(({ name }) => `"${name}"`).join(', ');
}

function countJournal(database: SqliteConnection.Database, state: Map<string, string>): void {
  const rows = database.prepare<[], { kind: string; count: number }>(
    `select kind, count(*) count from journal where ${TOLD_OF_CHANGES} group by kind`,
  );
  for (const { kind, count } of rows.all()) state.set(`journal entries ${kind}`, String(count));
}

function hash(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 16);
}
