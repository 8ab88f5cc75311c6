import { createHash } from 'node:crypto';
import path from 'node:path';
import Database from 'better-sqlite3';
import { repositoryName, TAG_ANNOTATION, tagName } from './growing-content.ts';

const ROWS_PER_TRANSACTION = 10_000;
const CACHE_KIBIBYTES = 512 * 1024;
const SHA256_BYTES = 32;

type Row = Record<string, unknown>;

/** A row that the server wrote, to be repeated with a few columns changed. */
class RowCopier {
  readonly #template: Row;
  readonly #insert: Database.Statement<[Row]>;

  /** @param generated the column that the database fills in, if there is one */
  constructor(database: Database.Database, table: string, template: Row, generated?: string) {
    const { [generated ?? '']: _, ...columns } = template;
    this.#template = columns;
    const names = Object.keys(columns);
    this.#insert = database.prepare(
      `insert into ${table} (${names.join(', ')}) values (${names.map((name) => `@${name}`).join(', ')})`,
    );
  }

  /** Returns the id of the new row. */
  insert(changed: Row): number {
    return Number(this.#insert.run({ ...this.#template, ...changed }).lastInsertRowid);
  }
}

/** Copies one tagged manifest with everything that hangs on it. */
class ImageCopier {
  readonly #manifest: Row;
  readonly #bytes: Row;
  readonly #manifests: RowCopier;
  readonly #descriptors: readonly RowCopier[];
  readonly #tags: RowCopier;
  readonly #history: readonly RowCopier[];

  constructor(database: Database.Database, repositoryId: unknown) {
    const rows = (sql: string, id: unknown): readonly Row[] => database.prepare<[unknown], Row>(sql).all(id);
    const tag = only(rows('select * from tags where repository_id = ?', repositoryId));
    this.#manifest = only(rows('select * from manifests where id = ?', tag['manifest_id']));
    this.#bytes = JSON.parse(String(this.#manifest['bytes']));
    this.#manifests = new RowCopier(database, 'manifests', this.#manifest, 'id');
    this.#tags = new RowCopier(database, 'tags', tag, 'id');
    this.#descriptors = rows('select * from manifest_descriptors where manifest_id = ?', tag['manifest_id']).map(
      (row) => new RowCopier(database, 'manifest_descriptors', row),
    );
    this.#history = rows('select * from tag_history where repository_id = ?', repositoryId).map(
      (row) => new RowCopier(database, 'tag_history', row, 'id'),
    );
  }

  /** Gives the repository a tag and a manifest of its own. */
  insert(repositoryId: unknown, tag: string): void {
    const annotations = { [TAG_ANNOTATION]: tag };
    const bytes = Buffer.from(JSON.stringify({ ...this.#bytes, annotations }));
    const template = this.#manifest['digest'] as Buffer;
    const hash = createHash('sha256').update(bytes).digest();
    // The stored form of a digest is the algorithm, then the hash.
    const digest = Buffer.concat([template.subarray(0, template.length - SHA256_BYTES), hash]);
    const manifestId = this.#manifests.insert({
      repository_id: repositoryId,
      digest,
      bytes,
      size: bytes.length,
      annotations: JSON.stringify(annotations),
    });
    for (const descriptor of this.#descriptors) descriptor.insert({ manifest_id: manifestId });
    this.#tags.insert({ repository_id: repositoryId, name: tag, manifest_id: manifestId });
    for (const entry of this.#history) entry.insert({ repository_id: repositoryId, name: tag, digest });
  }
}

/**
 * Adds the tags 1 … count − 1 to a repository that the server gave tag 0, each with a manifest of its own, as pushes
 * would have left them but for the journal. For a server that is stopped: a million pushes would take an hour.
 */
export function insertTags(dataDir: string, repository: string, count: number): void {
  withDatabase(dataDir, (database) => {
    const find = database.prepare<[string], Row>('select * from repositories where name = ?');
    const { id } = only(find.all(repository));
    const images = new ImageCopier(database, id);
    insertInParts(database, count, (index) => images.insert(id, tagName(index)));
  });
}

/** Adds the repositories 1 … count − 1 beside the first one, which the server holds; one image in each. */
export function insertRepositories(dataDir: string, prefix: string, count: number): void {
  withDatabase(dataDir, (database) => {
    const find = database.prepare<[string], Row>('select * from repositories where name = ?');
    const first = only(find.all(repositoryName(prefix, 0)));
    const images = new ImageCopier(database, first['id']);
    const repositories = new RowCopier(database, 'repositories', first, 'id');
    const blobs = database
      .prepare<[unknown], Row>('select * from repository_blobs where repository_id = ?')
      .all(first['id'])
      .map((row) => new RowCopier(database, 'repository_blobs', row));
    insertInParts(database, count, (index) => {
      const id = repositories.insert({ name: repositoryName(prefix, index) });
      for (const blob of blobs) blob.insert({ repository_id: id });
      images.insert(id, tagName(0));
    });
  });
}

function withDatabase(dataDir: string, work: (database: Database.Database) => void): void {
  const database = new Database(path.join(dataDir, 'instances/main/metadata.sqlite'), { fileMustExist: true });
  try {
    // Nobody minds if it has to be done again; and digests fall all over their index.
    database.pragma('synchronous = off');
    database.pragma(`cache_size = -${CACHE_KIBIBYTES}`);
    work(database);
    database.pragma('synchronous = full');
    database.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
}

function insertInParts(database: Database.Database, count: number, insert: (index: number) => void): void {
  const insertPart = database.transaction((from: number, to: number) => {
    for (let index = from; index < to; index += 1) insert(index);
  });
  for (let from = 1; from < count; from += ROWS_PER_TRANSACTION) {
    insertPart(from, Math.min(count, from + ROWS_PER_TRANSACTION));
  }
}

/** @throws Error when the server has stored something other than was asked of it */
function only(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined || rows.length !== 1) throw new Error(`expected one row to copy, and there are ${rows.length}`);
  return row;
}
