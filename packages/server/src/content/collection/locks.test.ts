import { parseManifest } from '@roadstead/oci';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ClientManifest,
  ContentClient,
  composeImage,
  composeIndex,
  digestOf,
} from '../../../test/in-process/content-client.ts';
import { openTestContent, type TestContent } from '../../../test/in-process/test-content.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { commitBlob } from '../blobs/commit-blob.ts';
import { deleteBlob } from '../blobs/delete-blob.ts';
import { mountBlob } from '../blobs/mount-blob.ts';
import { deleteManifest } from '../manifests/delete-manifest.ts';
import { putManifest } from '../manifests/put-manifest.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { restoreManifest } from '../trash/restore-manifest.ts';
import { deleteUntaggedManifest } from '../untagged/delete-untagged-manifest.ts';
import { judgeLinks } from './judge-links.ts';
import { markBlobs } from './mark-blobs.ts';

const HOUR_MS = 3_600_000;
const CONFIG = Buffer.from('{}');
const LAYER = Buffer.alloc(500, 'layer');
const IMAGE = composeImage(CONFIG, [LAYER]);
const INDEX = composeIndex([IMAGE]);
const NO_CONDITIONS = { ifMatch: undefined, ifNoneMatch: undefined };

/**
 * Each pair in both orders, with the first kept from its commit while the second tries. Where writers run one after the other
 * the second simply waits; where they run side by side the locks decide.
 */
describe.each(ENGINES)('a step of the collector beside another write on %s', (engine) => {
  let test: TestContent;
  let client: ContentClient;
  let app: RepositoryRef;
  let web: RepositoryRef;

  beforeEach(async () => {
    test = await openTestContent({ engine, inMemory: true, settings: { reviewDelayMs: 0, trashWindowMs: 0 } });
    client = new ContentClient(test.content, test.actor);
    app = await test.createRepository('team', 'app');
    web = await test.createRepository('team', 'web');
    await client.pushBlob(web, Buffer.from('so that the repository is there'));
    for (const blob of [CONFIG, LAYER]) await client.pushBlob(app, blob);
    test.clock.advance(2 * HOUR_MS);
  });
  afterEach(() => test?.close());

  type Step = (context: InstanceTransaction) => Promise<unknown>;

  const now = () => test.clock.now();
  const times = () => ({ reviewAfter: now(), heldUntil: now() + HOUR_MS });
  const judge: Step = (context) => judgeLinks(context, { now: now(), limit: 100 });
  const mark: Step = (context) =>
    markBlobs(context, { now: now(), limit: 100, isConfirmed: false, budgetBytes: Number.MAX_SAFE_INTEGER });
  const mount: Step = (context) =>
    mountBlob(context, {
      repository: web,
      digest: digestOf(LAYER),
      from: app.name,
      ...times(),
      now: now(),
      actor: test.actor,
    });
  const put =
    (manifest: ClientManifest, tags: readonly string[] = []): Step =>
    (context) =>
      putManifest(context, {
        repository: app,
        digest: manifest.digest,
        manifest: parseManifest(manifest.bytes, manifest.mediaType),
        bytes: manifest.bytes,
        tags,
        conditions: NO_CONDITIONS,
        allowsSparse: false,
        now: now(),
        actor: test.actor,
      });
  const remove =
    (manifest: ClientManifest): Step =>
    (context) =>
      deleteManifest(context, {
        repository: app,
        digest: manifest.digest,
        reviewAfter: now(),
        trashWindowMs: 0,
        now: now(),
        actor: test.actor,
      });

  const run = (step: Step) =>
    test.database.write((tx) => step({ tx, capabilities: test.database.capabilities, assertCanPush: async () => {} }));

  /** @returns what each has come to */
  async function beside(first: Step, second: Step): Promise<readonly [unknown, unknown]> {
    const { promise: isDone, resolve: tellDone } = Promise.withResolvers<void>();
    const { promise: mayCommit, resolve: letCommit } = Promise.withResolvers<void>();
    const holding = run(async (context) => {
      const output = await first(context).finally(tellDone);
      await mayCommit;
      return output;
    });
    await Promise.race([isDone, holding]);
    const trying = run(second);
    // Long enough for the second to come to where it must wait, or to its end.
    await Promise.race([trying.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 60))]);
    letCommit();
    const [left, right] = await Promise.allSettled([holding, trying]);
    const outcomeOf = (result: PromiseSettledResult<unknown>) =>
      result.status === 'fulfilled' ? result.value : result.reason;
    return [outcomeOf(left), outcomeOf(right)];
  }

  async function both(
    one: Step,
    other: Step,
    prepare: () => Promise<void>,
    check: (outcome: unknown) => Promise<void>,
  ) {
    await prepare();
    await check((await beside(one, other))[0]);
    await clear();
    await prepare();
    await check((await beside(other, one))[1]);
  }

  /** Ends what is marked, and begins anew with the two blobs in `team/app`, due at once. */
  async function clear(): Promise<void> {
    for (const { digest } of [INDEX, IMAGE]) await client.delete(app, digest).catch(() => undefined);
    test.clock.advance(2 * HOUR_MS);
    await test.content.collector.runPass();
    await test.content.collector.runPass();
    await client.pushBlob(web, Buffer.from('so that the repository is there'));
    for (const blob of [CONFIG, LAYER]) await client.pushBlob(app, blob);
    test.clock.advance(2 * HOUR_MS);
  }

  /** Removes all that may be removed now. */
  async function collect(): Promise<void> {
    const report = await test.content.collector.runPass();
    expect(report.errors).toEqual([]);
  }

  const isWhole = async (repository: RepositoryRef) =>
    (await client.pullBlob(repository, digestOf(LAYER)))?.equals(LAYER);
  const nothing = async () => {};
  /** No repository holds the layer any more, and its copy is due. */
  const unlink = async () => {
    await run((context) =>
      deleteBlob(context, {
        repository: app,
        digest: digestOf(LAYER),
        reviewAfter: now(),
        now: now(),
        actor: test.actor,
      }),
    );
  };

  /** The end of an upload of the layer, whose bytes lie under a key of their own. */
  async function uploadEnd(): Promise<Step> {
    const { id } = await test.content.uploads.create(app, test.actor, 'sha256');
    const storageKey = `key-${id}`;
    test.medium.objects.set(storageKey, LAYER);
    return (context) =>
      commitBlob(context, {
        uploadId: id,
        repository: app,
        digests: [digestOf(LAYER)],
        sizeBytes: LAYER.length,
        storageKey,
        ...times(),
        now: now(),
        actor: test.actor,
      });
  }

  it('marking, and an upload of the same bytes', async () => {
    await unlink();
    await beside(await uploadEnd(), mark);
    await collect();
    expect(await isWhole(app)).toBe(true);
    await clear();
    await unlink();
    await beside(mark, await uploadEnd());
    await collect();
    expect(await isWhole(app)).toBe(true);
  });

  it('marking, and a mount', async () => {
    await both(
      mount,
      async (context) => [await judge(context), await mark(context)],
      nothing,
      async (mounted) => {
        expect(typeof mounted).toBe('boolean');
        expect(await isWhole(web)).toBe(mounted === true ? true : undefined);
      },
    );
  });

  it('judging, and a push of a manifest', async () => {
    await both(put(IMAGE), judge, nothing, async (outcome) => {
      await collect();
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' });
      else expect(await isWhole(app)).toBe(true);
      expect((await client.pullManifest(app, IMAGE.digest)) === undefined).toBe(outcome instanceof Error);
    });
  });

  it('judging, and the delete of the manifest that lists it', async () => {
    const prepare = async () => {
      await run(put(IMAGE));
    };
    await both(remove(IMAGE), judge, prepare, async (outcome) => {
      expect(outcome).toBeUndefined();
      await collect();
      expect(await isWhole(app)).toBe(undefined);
      const left = await test.database.reader
        .selectFrom('blobs')
        .selectAll()
        .where('size', '=', LAYER.length)
        .execute();
      expect(left).toEqual([]);
    });
  });

  it('judging one link, and the delete of the other', async () => {
    const prepare = async () => {
      await client.pushBlob(web, LAYER);
    };
    const unlinkWeb: Step = (context) =>
      deleteBlob(context, {
        repository: web,
        digest: digestOf(LAYER),
        reviewAfter: now(),
        now: now(),
        actor: test.actor,
      });
    await both(unlinkWeb, judge, prepare, async (outcome) => {
      expect(outcome).toBeUndefined();
      await collect();
      const left = await test.database.reader
        .selectFrom('blobs')
        .selectAll()
        .where('size', '=', LAYER.length)
        .execute();
      expect(left).toEqual([]);
    });
  });

  it('marking, and a restoration', async () => {
    test.configure({ trashWindowMs: HOUR_MS });
    let trashId = 0;
    const prepare = async () => {
      await run(put(IMAGE));
      await client.delete(app, IMAGE.digest);
      await run(judge);
      const [entry] = (await test.content.trash.list({ projectId: app.projectId, limit: 1 })).items;
      trashId = entry?.id ?? 0;
    };
    const restore: Step = (context) =>
      restoreManifest(context, { projectId: app.projectId, trashId, ...times(), now: now(), actor: test.actor });
    await both(restore, mark, prepare, async (outcome) => {
      expect(outcome).toMatchObject({ repository: app.name });
      await collect();
      expect(await isWhole(app)).toBe(true);
    });
  });

  it('a policy, and a push that needs what it would take', async () => {
    await test.content.setUntaggedPolicy(app.projectId, 0, test.actor);
    const policy: Step = async (context) => {
      const row = await context.tx.selectFrom('manifests').select('id').orderBy('id').executeTakeFirst();
      const input = {
        manifestId: row?.id ?? 0,
        now: now(),
        pushWindowMs: HOUR_MS,
        reviewAfter: now(),
        trashWindowMs: 0,
      };
      return deleteUntaggedManifest(context, input);
    };
    const prepare = async () => {
      await run(put(IMAGE));
      test.clock.advance(2 * HOUR_MS);
    };
    await both(put(INDEX, ['latest']), policy, prepare, async (outcome) => {
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' });
      expect((await client.pullManifest(app, IMAGE.digest)) === undefined).toBe(outcome instanceof Error);
    });
    await clear();
    await both(put(IMAGE, ['latest']), policy, prepare, async (outcome) => {
      expect(outcome).not.toBeInstanceOf(Error);
      expect(await client.pullManifest(app, 'latest')).toEqual(IMAGE.bytes);
    });
  });
});
