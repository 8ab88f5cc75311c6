import pg from 'pg';
import { tagName } from '../content/growing-content.ts';
import { PROJECT } from '../servers/running-server.ts';
import { MEASURED_REPOSITORY } from './measured-content.ts';

export interface SeedSize {
  readonly manifests: number;
  readonly repositories: number;
}

export const BLOBS_PER_MANIFEST = 5;
/** One of so many manifests is in the large repository. */
const SHARE_OF_LARGE = 10;
export const LARGE_REPOSITORY = `${PROJECT}/large`;

/** Where the manifest of this number is: from 1 on. */
export function placeOf(
  manifest: number,
  { repositories }: SeedSize,
): { readonly repository: string; readonly tag: string } {
  const tag = tagName(manifest);
  if (manifest % SHARE_OF_LARGE === 0) return { repository: LARGE_REPOSITORY, tag };
  const ordinal = Math.floor(manifest / SHARE_OF_LARGE) * (SHARE_OF_LARGE - 1) + (manifest % SHARE_OF_LARGE) - 1;
  return { repository: nameOfRepository(ordinal % repositories), tag };
}

function nameOfRepository(index: number): string {
  return `${PROJECT}/r${String(index).padStart(5, '0')}`;
}

/**
 * Puts manifests with tags, history, descriptors and blobs of their own into the database of a server that is stopped, as pushes
 * would have left them but for the journal and the stored copies. The digests of the manifests are those of their bytes.
 */
export async function seedRows(databaseUrl: string, size: SeedSize, say: (line: string) => void): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`set search_path to ${await findSchema(client)}`);
    // Neither triggers nor references: what is put here is whole.
    await client.query('set session_replication_role = replica');
    await client.query(`set work_mem = '256MB'`);
    for (const [name, text] of statementsOf(size)) {
      const begun = performance.now();
      const { rowCount } = await client.query(text);
      say(`${name}: ${rowCount} rows in ${Math.round((performance.now() - begun) / 1_000)} s`);
    }
    for (const table of ['repositories', 'blobs', 'manifests', 'tags', 'tag_history']) {
      await client.query(`select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) from ${table}))`);
    }
    say('vacuum and analyze');
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

/** The schema of the one instance of the database. */
export async function findSchema(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(schemaname) as name from pg_tables where tablename = 'manifest_descriptors'`,
  );
  const [row] = rows;
  if (row === undefined || rows.length > 1) throw new Error(`there are ${rows.length} instances in the database`);
  return row.name;
}

const BLOB_HASH = (number: string) => `sha256(int8send((${number})::bigint))`;
const NOW = '(extract(epoch from now()) * 1000)::bigint';
/** Of an ordinary image that the server has stored: the algorithm's byte of a digest, and what every manifest has. */
const TEMPLATE = `(select m.*, substring(m.digest for 1) as algorithm from manifests m join tags t on t.manifest_id = m.id
  join repositories r on r.id = t.repository_id where r.name = '${MEASURED_REPOSITORY}' limit 1)`;
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

function statementsOf({ manifests, repositories }: SeedSize): readonly (readonly [string, string])[] {
  const blobs = manifests * BLOBS_PER_MANIFEST;
  const share = SHARE_OF_LARGE;
  const describe = (type: string, number: string) =>
    `'{"mediaType":"${type}","digest":"sha256:' || encode(${BLOB_HASH(number)}, 'hex') || '","size":' || (1000 + (${number}) % 100000) || '}'`;
  const layers = [2, 3, 4, 5].map((position) => describe(LAYER, `${BLOBS_PER_MANIFEST} * (m - 1) + ${position}`));
  const bytes = `convert_to('{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":'
    || ${describe(CONFIG, `${BLOBS_PER_MANIFEST} * (m - 1) + 1`)}
    || ',"layers":[' || ${layers.join(` || ',' || `)} || '],"annotations":{"number":"' || m || '"}}', 'UTF8')`;
  return [
    [
      'repositories',
      `insert into repositories (project_id, name, created_at, updated_at)
       select p.id, '${PROJECT}/r' || lpad(i::text, 5, '0'), ${NOW}, ${NOW}
       from generate_series(0, ${repositories - 1}) i, projects p where p.name = '${PROJECT}'
       union all select p.id, '${LARGE_REPOSITORY}', ${NOW}, ${NOW} from projects p where p.name = '${PROJECT}'`,
    ],
    [
      'places',
      `create temporary table places as
       select m, r.id as repository_id, 't' || lpad(m::text, 7, '0') as tag from generate_series(1, ${manifests}) m
       join repositories r on r.name = case when m % ${share} = 0 then '${LARGE_REPOSITORY}'
         else '${PROJECT}/r' || lpad(((m / ${share} * ${share - 1} + m % ${share} - 1) % ${repositories})::text, 5, '0') end`,
    ],
    [
      'bases',
      `create temporary table bases as select (select coalesce(max(id), 0) from blobs) as blob,
         (select coalesce(max(id), 0) from manifests) as manifest`,
    ],
    [
      'blobs',
      `insert into blobs (id, size, storage_key, encoding, created_at) overriding system value
       select bases.blob + i, 1000 + i % 100000,
         'sha256-' || encode(${BLOB_HASH('i')}, 'hex') || '-' || lpad(to_hex(i), 16, '0'), 'plain', ${NOW}
       from generate_series(1, ${blobs}) i, bases`,
    ],
    [
      'digests of blobs',
      `insert into blob_digests (digest, blob_id)
       select template.algorithm || ${BLOB_HASH('i')}, bases.blob + i
       from generate_series(1, ${blobs}) i, bases, ${TEMPLATE} template`,
    ],
    [
      'blobs of repositories',
      `insert into repository_blobs (repository_id, blob_id, linked_at)
       select repository_id, bases.blob + ${BLOBS_PER_MANIFEST} * (m - 1) + position, ${NOW}
       from places, bases, generate_series(1, ${BLOBS_PER_MANIFEST}) position`,
    ],
    [
      'manifests',
      `insert into manifests (id, repository_id, digest, media_type, kind, annotations, size, created_at, pushed_by, bytes)
       overriding system value
       select bases.manifest + m, made.repository_id, template.algorithm || sha256(made.bytes), template.media_type, template.kind,
         '{"number":"' || m || '"}', length(made.bytes), ${NOW}, template.pushed_by, made.bytes
       from (select m, repository_id, ${bytes} as bytes from places) made, bases, ${TEMPLATE} template`,
    ],
    [
      'descriptors',
      `insert into manifest_descriptors
         (manifest_id, repository_id, position, digest, role, is_optional, size, media_type)
       select bases.manifest + m, places.repository_id, position - 1,
         template.algorithm || ${BLOB_HASH(`${BLOBS_PER_MANIFEST} * (m - 1) + position`)},
         case position when 1 then 'config' else 'layer' end, 0,
         1000 + (${BLOBS_PER_MANIFEST} * (m - 1) + position) % 100000,
         case position when 1 then '${CONFIG}' else '${LAYER}' end
       from places, bases, generate_series(1, ${BLOBS_PER_MANIFEST}) position, ${TEMPLATE} template`,
    ],
    [
      'tags',
      `insert into tags (repository_id, name, manifest_id, created_at, updated_at)
       select repository_id, tag, bases.manifest + m, ${NOW}, ${NOW} from places, bases`,
    ],
    [
      'tag history',
      `insert into tag_history (repository_id, name, digest, before_digest, at, actor)
       select places.repository_id, tag, manifests.digest, null, ${NOW}, manifests.pushed_by
       from places, bases, manifests where manifests.id = bases.manifest + places.m`,
    ],
  ];
}
