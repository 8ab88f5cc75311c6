/** SQL of one engine that runs many statements at once. */
export type RunSql = (text: string) => Promise<void>;

export interface SeedOptions {
  readonly engine: 'sqlite' | 'postgres';
  readonly projectId: number;
  /** Name of the project, and what begins the names of its repositories. */
  readonly project: string;
  readonly artifacts: number;
  /** The first of the numbers from which digests are made: others may have those below. */
  readonly from: number;
}

const PER_REPOSITORY = 1_000;
const CHUNK = 1_000;
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const ATTRIBUTES = JSON.stringify({
  architecture: 'amd64',
  os: 'linux',
  created: '2026-01-02T03:04:05Z',
  config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin'], Cmd: ['/bin/app'], Labels: { team: 'platform' } },
});

/**
 * Artifacts with a tag, a config and two labels each, and a signature for every fourth, past the application: rows as pushes leave them.
 * The bytes of the manifests stand for themselves; lists read none of an image.
 */
export async function seedArtifacts(run: RunSql, options: SeedOptions): Promise<void> {
  const { project, projectId, artifacts, from } = options;
  const repositories = Math.ceil(artifacts / PER_REPOSITORY);
  await run(`
    insert into repositories (project_id, name, created_at, updated_at)
    select ${projectId}, '${project}/repository-' || i, 1, 1 from ${numbers(0, repositories)}`);
  const repository = `(select id from repositories where name = '${project}/repository-' || ((i - ${from}) / ${PER_REPOSITORY}))`;
  const subject = `(i - ${artifacts})`;
  for (const some of chunks(from, artifacts)) await run(manifests(options, some, repository, 'null', CONFIG));
  await run(`
    insert into tags (repository_id, name, manifest_id, created_at, updated_at)
    select m.repository_id, 'v' || m.id, m.id, m.created_at, m.created_at from manifests m
      join repositories r on r.id = m.repository_id where r.project_id = ${projectId}`);
  const digest = digestOf(options.engine, subject);
  const signedRepository = repository.replace('(i', `(${subject}`);
  for (const some of chunks(from + artifacts, artifacts)) {
    await run(
      manifests(options, `${some} where i % 4 = 0`, signedRepository, digest, 'application/vnd.cncf.notary.signature'),
    );
  }
  await run(`
    update artifacts set type = 'IMAGE', media_type = '${CONFIG}', size = 30000000 + manifest_id
     where project_id = ${projectId}`);
  await run(`
    update artifacts set type = 'UNKNOWN', accessory_type = 'signature.notation', has_subject = 1, is_listed = 0,
           subject_digest = (select m.subject_digest from manifests m where m.id = manifest_id)
     where project_id = ${projectId} and artifact_type = 'application/vnd.cncf.notary.signature'`);
  await run(`
    insert into manifest_configs (manifest_id, attributes)
    select manifest_id, '${ATTRIBUTES}' from artifacts where project_id = ${projectId}`);
  await run(labelAll(projectId));
  // What is noted of these rows is not to be shipped while the measurement runs.
  await run('delete from row_changes');
}

/** Ten labels of the project: each artifact has two of them. */
function labelAll(projectId: number): string {
  return `
    insert into labels (project_id, scope, name, description, color, created_at, updated_at)
    select ${projectId}, ${projectId}, 'label-' || i, '', '#0065AB', 1, 1 from ${numbers(0, 10)};
    insert into artifact_labels (manifest_id, label_id, created_at)
    select a.manifest_id, l.id, 1 from artifacts a
      join labels l on l.project_id = a.project_id
     where a.project_id = ${projectId} and l.name in ('label-' || (a.manifest_id % 10), 'label-' || ((a.manifest_id + 3) % 10))`;
}

function manifests({ engine }: SeedOptions, source: string, repository: string, subject: string, type: string): string {
  const bytes = engine === 'sqlite' ? "x'7b7d'" : "decode('7b7d', 'hex')";
  return `
    insert into manifests (repository_id, digest, media_type, kind, artifact_type, subject_digest, annotations, size,
                           created_at, pushed_by, bytes)
    select ${repository}, ${digestOf(engine, 'i')}, '${MANIFEST}', 'image', '${type}', ${subject}, '{}', 2,
           1700000000000 + i * 1000, 'user:1', ${bytes}
      from ${source}`;
}

function digestOf(engine: SeedOptions['engine'], number: string): string {
  return engine === 'sqlite'
    ? `unhex(printf('01%064x', ${number}))`
    : `decode('01' || lpad(to_hex(${number}), 64, '0'), 'hex')`;
}

/** PostgreSQL holds a lock for each manifest of a transaction. */
function chunks(from: number, count: number): readonly string[] {
  const starts = Array.from({ length: Math.ceil(count / CHUNK) }, (_, at) => at * CHUNK);
  return starts.map((start) => numbers(from + start, Math.min(CHUNK, count - start)));
}

function numbers(from: number, count: number): string {
  return `(with recursive n(i) as (select ${from} union all select i + 1 from n where i + 1 < ${from + count}) select i from n) as numbers`;
}
