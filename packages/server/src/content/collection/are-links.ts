import { type RawBuilder, type SqlBool, sql } from 'kysely';

/** A row of `repository_blobs`. */
export interface LinkKey {
  readonly repository_id: number;
  readonly blob_id: number;
}

/** Of a row of `repository_blobs`: it is one of these. Ids are our own integers, and few engines bind lists of pairs. */
export function areLinks(links: readonly LinkKey[]): RawBuilder<SqlBool> {
  const pairs = links.map((link) => sql`(${sql.lit(link.repository_id)}, ${sql.lit(link.blob_id)})`);
  return sql<SqlBool>`(repository_blobs.repository_id, repository_blobs.blob_id) in (values ${sql.join(pairs)})`;
}
