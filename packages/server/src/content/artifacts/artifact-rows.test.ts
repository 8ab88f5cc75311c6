import { type Digest, MEDIA_TYPES, parseReference } from '@roadstead/oci';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ClientManifest,
  ContentClient,
  composeImage,
  composeIndex,
  describeManifest,
} from '../../../test/in-process/content-client.ts';
import { openTestContent, type TestContent } from '../../../test/in-process/test-content.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { SeededRandom } from '../../../test/support/seeded-random.ts';
import { up } from '../../db/instance/migrations/0026-artifacts.ts';
import type { RepositoryRef } from '../repository-ref.ts';

const CONFIG = Buffer.from('{"os":"linux","architecture":"amd64"}');
const TRIGGERS = [
  'artifact_of_manifest',
  'artifact_without_subject',
  'artifact_in_index',
  'artifact_out_of_index',
  'artifact_tagged',
  'artifact_untagged',
  'artifact_tag_moved',
  'artifact_of_other_project',
  'repository_without_pulls',
  'artifact_pulled_insert',
  'artifact_pulled_update',
];

describe.each(ENGINES)('the rows of artifacts on %s', (engine) => {
  let test: TestContent;
  let client: ContentClient;
  let app: RepositoryRef;

  beforeEach(async () => {
    test = await openTestContent({ engine, inMemory: true });
    client = new ContentClient(test.content, test.actor);
    app = await test.createRepository('team', 'team/app');
    await client.pushBlob(app, CONFIG);
  });
  afterEach(() => test?.close());

  const readRows = () => test.database.reader.selectFrom('artifacts').selectAll().orderBy('manifest_id').execute();

  /** What the migration and the description make of the same manifests and tags: nothing that triggers have counted goes in. */
  async function readRowsMadeAnew() {
    await test.database.write(async (tx) => {
      for (const table of ['artifacts', 'manifest_configs', 'pulls']) {
        await sql`drop table ${sql.table(table)}`.execute(tx);
      }
      for (const name of TRIGGERS) {
        if (engine === 'postgres') await sql.raw(`drop function ${name}() cascade`).execute(tx);
        else await sql.raw(`drop trigger if exists ${name}`).execute(tx);
      }
      if (engine === 'postgres') {
        for (const event of ['insert', 'update', 'delete']) {
          await sql.raw(`drop function note_pulls_${event}() cascade`).execute(tx);
        }
      }
      await up(tx, test.database.capabilities);
    });
    expect((await readRows()).every(({ type }) => type === null)).toBe(true);
    await test.content.artifacts.describe(1_000_000);
    return readRows();
  }

  const composeReferrer = (subject: ClientManifest, nonce: string) =>
    composeImage(CONFIG, [], { subject: describeManifest(subject), annotations: { nonce } });

  it('of manifests from before are what pushes make today', async () => {
    const image = composeImage(CONFIG, []);
    const other = composeImage(CONFIG, [], { annotations: { nonce: '1' } });
    const index = composeIndex([image, other]);
    const early = composeReferrer(index, 'early');
    const missing = composeReferrer(composeImage(CONFIG, [], { annotations: { nonce: 'missing' } }), '2');
    for (const manifest of [early, image, other, missing]) await client.putManifest(app, manifest);
    await client.putManifest(app, index, 'all');
    await client.putManifest(app, composeReferrer(index, 'late'));
    await client.putManifest(app, other, `${index.digest.replace(':', '-')}.sig`);
    const before = await readRows();
    expect(before.map(({ is_listed }) => is_listed)).toEqual([0, 0, 0, 1, 1, 0]);
    expect(await readRowsMadeAnew()).toEqual(before);
  });

  it('count right, whatever many do at the same time', async () => {
    const random = new SeededRandom(engine === 'sqlite' ? 1 : 2);
    const pick = <Item>(items: readonly Item[]) => random.pick(items);
    const images = Array.from({ length: 6 }, (_, nonce) =>
      composeImage(CONFIG, [], { annotations: { nonce: `${nonce}` } }),
    );
    const indexes = [
      composeIndex(images.slice(0, 3)),
      composeIndex(images.slice(2, 5)),
      composeIndex(images.slice(1, 4), { annotations: { nonce: 'x' } }),
    ];
    const referrers = images.map((image, at) => composeReferrer(image, `r${at}`));
    const tags = ['a', 'b', 'c'];
    const work = async () => {
      for (let step = 0; step < 40; step += 1) {
        await pick([
          () => client.putManifest(app, pick(images), pick(tags)),
          () => client.putManifest(app, pick(images)),
          () => client.putManifest(app, pick(indexes), pick(tags)),
          () => client.putManifest(app, pick(referrers)),
          () => client.delete(app, pick(tags)),
          () => client.delete(app, pick([...images, ...indexes, ...referrers]).digest),
          () => test.content.artifacts.delete(app, parseReference(pick([...images, ...indexes]).digest), test.actor),
        ])().catch(() => undefined);
      }
    };
    await Promise.all(Array.from({ length: 6 }, work));
    const before = await readRows();
    expect(before.length).toBeGreaterThan(0);
    expect(await readRowsMadeAnew()).toEqual(before);
  }, 120_000);

  it('of a copy are those of its own project', async () => {
    const image = composeImage(CONFIG, []);
    await client.putManifest(app, image, 'v1');
    const copied = await test.createRepository('other', 'other/app');
    await test.content.artifacts.copy({
      source: app,
      reference: { kind: 'digest', digest: image.digest as Digest },
      repository: copied,
      actor: test.actor,
    });
    const rows = await readRows();
    expect(rows.map((row) => [row.project_id, row.type, row.media_type, row.tag_count])).toEqual([
      [app.projectId, 'IMAGE', MEDIA_TYPES.ociImageConfig, 1],
      [copied.projectId, 'IMAGE', MEDIA_TYPES.ociImageConfig, 1],
    ]);
  });
});
