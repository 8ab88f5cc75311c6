import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContentClient, composeImage, digestOf } from '../../../test/in-process/content-client.ts';
import { openTestContent, type TestContent } from '../../../test/in-process/test-content.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { START_MS } from '../../../test/in-process/test-identity.ts';
import { INSTANCE_MIGRATIONS } from '../../db/instance/migrations.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { toDigestBytes } from '../digest-bytes.ts';
import type { RepositoryRef } from '../repository-ref.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LISTED = Buffer.from('listed');
const UNLISTED = Buffer.from('not listed');
const LEFT = Buffer.from('left without a repository');
const IMAGE = composeImage(LISTED, []);
const BEFORE = '0004-collection';

/** What the version before the collector writes: the columns that it knows, and no others. */
describe.each(ENGINES)('content of the version before the collector on %s', (engine) => {
  let test: TestContent;
  let client: ContentClient;
  let app: RepositoryRef;

  beforeEach(async () => {
    const steps = Object.fromEntries(Object.entries(INSTANCE_MIGRATIONS).filter(([name]) => name < BEFORE));
    test = await openTestContent({ engine, steps });
    client = new ContentClient(test.content, test.actor);
  });
  afterEach(() => test?.close());

  const upgrade = () => migrateDatabase(test.database, INSTANCE_MIGRATIONS);
  const run = (statement: ReturnType<typeof sql>) =>
    test.database.write(async (tx) => (await statement.execute(tx)).rows);

  async function createRepository(): Promise<void> {
    await run(
      sql`insert into projects (name, is_public, owner_id, created_at, updated_at) values ('team', 0, 0, 1, 1)`,
    );
    await run(
      sql`insert into repositories (project_id, name, created_at, updated_at) select id, 'team/app', 1, 1 from projects`,
    );
    const { id } = await test.database.reader.selectFrom('projects').select('id').executeTakeFirstOrThrow();
    app = { projectId: id, name: 'team/app' };
  }

  async function storeBlob(bytes: Buffer, isLinked: boolean): Promise<void> {
    const key = `key-${bytes.length}`;
    test.medium.objects.set(key, bytes);
    await run(
      sql`insert into blobs (size, storage_key, encoding, created_at) values (${bytes.length}, ${key}, 'plain', ${START_MS})`,
    );
    await run(
      sql`insert into blob_digests (digest, blob_id) select ${toDigestBytes(digestOf(bytes))}, id from blobs where storage_key = ${key}`,
    );
    if (!isLinked) return;
    await run(
      sql`insert into repository_blobs (repository_id, blob_id, linked_at)
          select r.id, b.id, ${START_MS} from repositories r, blobs b where b.storage_key = ${key}`,
    );
  }

  async function storeImage(): Promise<void> {
    await run(
      sql`insert into manifests (repository_id, digest, media_type, kind, annotations, size, created_at, pushed_by, bytes)
          select id, ${toDigestBytes(IMAGE.digest)}, ${IMAGE.mediaType}, 'image', '{}', ${IMAGE.bytes.length}, ${START_MS},
            'user:1', ${IMAGE.bytes} from repositories`,
    );
    await run(
      sql`insert into manifest_descriptors (manifest_id, position, digest, role, is_optional, size, media_type)
          select id, 0, ${toDigestBytes(digestOf(LISTED))}, 'config', 0, ${LISTED.length}, 'x' from manifests`,
    );
  }

  it('stays where it is in use, and the rest is collected with the delays that it would have had', async () => {
    await createRepository();
    await storeBlob(LISTED, true);
    await storeBlob(UNLISTED, true);
    await storeBlob(LEFT, false);
    await storeImage();
    await upgrade();
    test.clock.advance(HOUR_MS);
    expect(await test.content.collector.runPass()).toMatchObject({ linksRemoved: 0, blobsRemoved: 0 });
    test.clock.advance(DAY_MS);
    expect(await test.content.collector.runPass()).toMatchObject({ linksRemoved: 1, blobsRemoved: 2, errorCount: 0 });
    expect([...test.medium.objects.keys()]).toEqual([`key-${LISTED.length}`]);
    expect(await client.pullBlob(app, digestOf(LISTED))).toEqual(LISTED);
    await client.delete(app, IMAGE.digest);
    test.clock.advance(30 * DAY_MS);
    expect(await test.content.collector.runPass()).toMatchObject({ blobsRemoved: 1 });
  });

  it('written beside this one is never taken for unused', async () => {
    await createRepository();
    await upgrade();
    await client.pushBlob(app, LISTED);
    await storeImage();
    test.clock.advance(30 * DAY_MS);
    expect(await test.content.collector.runPass()).toMatchObject({ linksRemoved: 0, blobsRemoved: 0 });
    await expect(test.content.deleteBlob(app, test.actor, digestOf(LISTED))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
    await storeBlob(UNLISTED, true);
    test.clock.advance(30 * DAY_MS);
    expect(await test.content.collector.runPass()).toMatchObject({ linksRemoved: 0 });
    await test.content.collector.queueEverything();
    expect(await test.content.collector.runPass()).toMatchObject({ linksRemoved: 1, blobsRemoved: 1 });
    expect(await client.pullBlob(app, digestOf(LISTED))).toEqual(LISTED);
  });

  it('knows from which manifest each tag was taken', async () => {
    await createRepository();
    const digests = ['a', 'b'].map((text) => toDigestBytes(digestOf(Buffer.from(text))));
    for (const [name, digest] of [
      ['v1', digests[0]],
      ['v2', digests[1]],
      ['v1', digests[1]],
      ['v1', null],
    ] as const) {
      await run(
        sql`insert into tag_history (repository_id, name, digest, at, actor)
            select id, ${name}, cast(${digest ?? null} as ${sql.raw(engine === 'postgres' ? 'bytea' : 'blob')}), 1, 'user:1' from repositories`,
      );
    }
    await upgrade();
    const rows = await test.database.reader.selectFrom('tag_history').select('before_digest').orderBy('id').execute();
    expect(rows.map((row) => row.before_digest)).toEqual([null, null, digests[0], digests[1]]);
  });
});
