import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RepositoryRef } from '../../src/content/repository-ref.ts';
import {
  type ClientManifest,
  ContentClient,
  composeImage,
  composeIndex,
  digestOf,
} from '../in-process/content-client.ts';
import { openTestContent, type TestContent } from '../in-process/test-content.ts';
import { ENGINES } from '../in-process/test-database.ts';

const ROUNDS = Number(process.env['COLLECTION_ROUNDS'] ?? 15);
const HOUR_MS = 3_600_000;
const CONFIG = Buffer.from('{}');

/** No hold protects anything here: what is told to be done is done, or it is refused, and nothing is left over. */
describe.each(ENGINES)('a pass at the same moment on %s', (engine) => {
  let test: TestContent;
  let client: ContentClient;
  let app: RepositoryRef;

  beforeEach(async () => {
    test = await openTestContent({
      engine,
      inMemory: true,
      settings: { reviewDelayMs: 0, trashWindowMs: 0, policyIntervalMs: 0, capBytes: Number.MAX_SAFE_INTEGER },
    });
    client = new ContentClient(test.content, test.actor);
    app = await test.createRepository('team', 'app');
  });
  afterEach(() => test?.close());

  const pass = () => test.content.collector.runPass();
  const layerOf = (round: number) => Buffer.alloc(100, `layer ${round} `);
  const imageOf = (round: number) => composeImage(CONFIG, [layerOf(round)]);

  /** Both at once, the second a little later in each round, so that they meet at every step. */
  async function atOnce<Result>(round: number, first: () => Promise<Result>): Promise<Result | Error> {
    const late = async () => {
      for (let turn = 0; turn < round % 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return pass();
    };
    const [done, report] = await Promise.allSettled([first(), late()]);
    if (report.status === 'rejected') throw report.reason;
    expect(report.value.errors).toEqual([]);
    return done.status === 'fulfilled' ? done.value : (done.reason as Error);
  }

  async function pushBlobs(round: number): Promise<void> {
    for (const blob of [CONFIG, layerOf(round)]) await client.pushBlob(app, blob);
  }

  const codeOf = (outcome: unknown) => (outcome instanceof Error && 'code' in outcome ? outcome.code : undefined);

  async function expectReadable(repository: RepositoryRef, manifest: ClientManifest, layer: Buffer): Promise<void> {
    expect(await client.pullManifest(repository, manifest.digest)).toEqual(manifest.bytes);
    for (const blob of [CONFIG, layer]) expect(await client.pullBlob(repository, digestOf(blob))).toEqual(blob);
  }

  /** Everything deleted, and two passes later nothing may be left. */
  async function expectNothingLeft(): Promise<void> {
    for (let look = 0; look < 5; look += 1) {
      const rows = await test.database.reader
        .selectFrom('manifests')
        .innerJoin('repositories', 'repositories.id', 'manifests.repository_id')
        .select(['manifests.digest', 'repositories.name', 'repositories.project_id'])
        .execute();
      for (const row of rows) {
        const digest = `sha256:${row.digest.subarray(1).toString('hex')}`;
        await client.delete({ projectId: row.project_id, name: row.name }, digest).catch(() => undefined);
      }
    }
    await test.content.trash.purge({ kind: 'all' }, test.actor);
    for (let look = 0; look < 2; look += 1) {
      test.clock.advance(2 * HOUR_MS);
      await pass();
    }
    expect(test.storedBytes()).toBe(0);
    for (const table of ['blobs', 'blob_digests', 'repository_blobs'] as const) {
      expect(await test.database.reader.selectFrom(table).selectAll().execute(), table).toEqual([]);
    }
  }

  it('leaves an acknowledged manifest whole whose blobs were due', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await pushBlobs(round);
      test.clock.advance(HOUR_MS);
      const outcome = await atOnce(round, () => client.putManifest(app, imageOf(round)));
      if (outcome instanceof Error) expect(codeOf(outcome)).toBe('MANIFEST_BLOB_UNKNOWN');
      else await expectReadable(app, imageOf(round), layerOf(round));
    }
    await expectNothingLeft();
  });

  it('leaves a blob whole that is pushed as its last copy was due', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await client.pushBlob(app, layerOf(0));
      await test.content.deleteBlob(app, test.actor, digestOf(layerOf(0)));
      await atOnce(round, () => client.pushBlob(app, layerOf(0)));
      expect(await client.pullBlob(app, digestOf(layerOf(0)))).toEqual(layerOf(0));
      await pass();
      expect(await client.pullBlob(app, digestOf(layerOf(0)))).toEqual(layerOf(0));
    }
    await expectNothingLeft();
  });

  it('leaves a blob whole that is mounted as its source was due', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const digest = await client.pushBlob(app, layerOf(round));
      test.clock.advance(HOUR_MS);
      const web = await test.createRepository('team', `web-${round % 4}`);
      const mounted = await atOnce(round, () => test.content.mountBlob(web, test.actor, digest, app.name));
      expect(typeof mounted).toBe('boolean');
      await pass();
      if (mounted === true) expect(await client.pullBlob(web, digest)).toEqual(layerOf(round));
    }
    await expectNothingLeft();
  });

  it('restores a manifest whole whose time in the trash was over, or says that it is gone', async () => {
    test.configure({ trashWindowMs: HOUR_MS });
    for (let round = 0; round < ROUNDS; round += 1) {
      await pushBlobs(round);
      await client.putManifest(app, imageOf(round));
      await client.delete(app, imageOf(round).digest);
      test.clock.advance(2 * HOUR_MS);
      const [entry] = (await test.content.trash.list({ projectId: app.projectId, limit: 1 })).items;
      const outcome = await atOnce(round, () => test.content.trash.restore(app.projectId, entry?.id ?? 0, test.actor));
      if (outcome instanceof Error) expect(codeOf(outcome)).toBe('NOT_FOUND');
      else await expectReadable(app, imageOf(round), layerOf(round));
      await pass();
      if (!(outcome instanceof Error)) await expectReadable(app, imageOf(round), layerOf(round));
    }
    await expectNothingLeft();
  });

  it('forgets nothing of a manifest that is deleted as its blobs were judged', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await pushBlobs(round);
      await client.putManifest(app, imageOf(round));
      test.clock.advance(HOUR_MS);
      expect(await atOnce(round, () => client.delete(app, imageOf(round).digest))).toBeUndefined();
    }
    await expectNothingLeft();
  });

  it('forgets no blob whose last two links go at once', async () => {
    const web = await test.createRepository('team', 'web');
    for (let round = 0; round < ROUNDS; round += 1) {
      const digest = await client.pushBlob(app, layerOf(round));
      test.clock.advance(HOUR_MS);
      await client.pushBlob(web, layerOf(round));
      expect(await atOnce(round, () => test.content.deleteBlob(web, test.actor, digest))).toBeUndefined();
    }
    await expectNothingLeft();
  });

  describe('with a policy on untagged manifests', () => {
    beforeEach(async () => {
      await test.content.setUntaggedPolicy(app.projectId, 0, test.actor);
      test.clock.advance(HOUR_MS);
    });

    it('leaves an acknowledged index its parts', async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        await pushBlobs(round);
        await client.putManifest(app, imageOf(round));
        test.clock.advance(HOUR_MS);
        const index = composeIndex([imageOf(round)]);
        const outcome = await atOnce(round, () => client.putManifest(app, index, `index-${round}`));
        if (outcome instanceof Error) expect(codeOf(outcome)).toBe('MANIFEST_BLOB_UNKNOWN');
        else await expectReadable(app, imageOf(round), layerOf(round));
      }
      await expectNothingLeft();
    });

    it('leaves a manifest that is given a tag, or pushed once more', async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        await pushBlobs(round);
        await client.putManifest(app, imageOf(round));
        test.clock.advance(HOUR_MS);
        const tag = round % 2 === 0 ? `tag-${round}` : undefined;
        const outcome = await atOnce(round, () => client.putManifest(app, imageOf(round), tag));
        if (outcome instanceof Error) expect(codeOf(outcome)).toBe('MANIFEST_BLOB_UNKNOWN');
        else await expectReadable(app, imageOf(round), layerOf(round));
        if (tag !== undefined && !(outcome instanceof Error)) expect(await client.pullManifest(app, tag)).toBeDefined();
      }
      await expectNothingLeft();
    });
  });
});
