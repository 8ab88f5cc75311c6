import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_COLLECTION_SETTINGS } from '../../src/content/collection/collection-settings.ts';
import type { RepositoryRef } from '../../src/content/repository-ref.ts';
import {
  type ClientManifest,
  ContentClient,
  composeImage,
  composeIndex,
  digestOf,
} from '../in-process/content-client.ts';
import { ENGINES } from './support/engines.ts';
import { type OpenContent, openContent } from './support/open-content.ts';

const PUSHES = Number(process.env['COLLECTION_PUSHES'] ?? 500);
const PUSHERS = 8;
const PUSHES_PER_PASS = 2;
/** Two, as when a worker that was thought dead goes on. */
const COLLECTORS = 2;
const WINDOW_MS = 3_600_000;
const STEP_MS = 5 * 60_000;
const LAYERS = Array.from({ length: 12 }, (_, index) => Buffer.alloc(300 + 7 * index, `layer ${index} `));

/** D1 (distribution#3045): there, an acknowledged push loses layers to a collector that runs beside it. */
describe.each(ENGINES)('pushes beside a collector that never waits, on %s', (engine) => {
  let opened: OpenContent;
  let client: ContentClient;
  let repositories: readonly RepositoryRef[];
  /** When each push that runs now began: time must not run away under it. */
  const running = new Map<number, number>();

  beforeEach(async () => {
    const settings = {
      ...DEFAULT_COLLECTION_SETTINGS,
      reviewDelayMs: 0,
      pushWindowMs: WINDOW_MS,
      trashWindowMs: 0,
      policyIntervalMs: 0,
      capBytes: Number.MAX_SAFE_INTEGER,
      batchSize: 20,
    };
    opened = await openContent({ engine, collection: () => settings });
    client = new ContentClient(opened.content, opened.actor);
    const { projectId } = opened.repository;
    repositories = ['team/app', 'team/web'].map((name) => ({ projectId, name }));
    await opened.content.setUntaggedPolicy(projectId, 0, opened.actor);
    opened.clock.advance(2 * WINDOW_MS);
  });
  afterEach(() => opened?.close());

  /** Pulls the manifest and everything in it. */
  async function isReadable(repository: RepositoryRef, push: Push): Promise<boolean> {
    for (const manifest of push.manifests) {
      const bytes = await client.pullManifest(repository, manifest.digest);
      if (!bytes?.equals(manifest.bytes)) return false;
    }
    for (const blob of push.blobs) {
      const bytes = await client.pullBlob(repository, digestOf(blob));
      if (!bytes?.equals(blob)) return false;
    }
    return true;
  }

  it(
    `refuses none of ${PUSHES} pushes and breaks none`,
    async () => {
      const seen = { skipped: 0, mounted: 0, unreadable: 0, blobsRemoved: 0, byPolicy: 0, passes: 0 };
      const kept: { readonly repository: RepositoryRef; readonly push: Push }[] = [];
      let ended = false;

      const collect = async () => {
        while (!ended) {
          const report = await opened.content.collector.runPass();
          expect(report.errors).toEqual([]);
          seen.passes += 1;
          seen.blobsRemoved += report.blobsRemoved;
          seen.byPolicy += report.manifestsDeleted;
          const oldest = Math.min(opened.clock.now(), ...running.values());
          if (opened.clock.now() + STEP_MS < oldest + WINDOW_MS / 2) opened.clock.advance(STEP_MS);
          await new Promise((resolve) => setImmediate(resolve));
        }
      };

      const ensureBlob = async (repository: RepositoryRef, bytes: Buffer, number: number) => {
        const other = repositories.find(({ name }) => name !== repository.name) ?? repository;
        if (
          number % 5 === 0 &&
          (await opened.content.mountBlob(repository, opened.actor, digestOf(bytes), other.name))
        ) {
          seen.mounted += 1;
        } else if (await client.ensureBlob(repository, bytes)) {
          seen.skipped += 1;
        }
      };

      const pushOne = async (number: number) => {
        const repository = repositories[number % 2] ?? opened.repository;
        const push = composePush(number);
        running.set(number, opened.clock.now());
        for (const blob of push.blobs) await ensureBlob(repository, blob, number);
        const [top, ...parts] = push.manifests.toReversed();
        for (const part of parts) {
          const reference = { kind: 'digest', digest: part.digest } as const;
          const found = await opened.content.manifests.findForPush(repository.name, reference);
          if (found === undefined) await client.putManifest(repository, part);
        }
        if (top !== undefined) await client.putManifest(repository, top, `tag-${number % 40}`);
        running.delete(number);
        // Whoever pushes the same tag next takes it away, and then the policy may take this one; not at once.
        if (!(await isReadable(repository, push))) seen.unreadable += 1;
        if (top !== undefined && number % 10 < 6) await client.delete(repository, top.digest);
        else kept.push({ repository, push });
      };

      const collecting = Array.from({ length: COLLECTORS }, collect);
      const lanes = Array.from({ length: PUSHERS }, async (_, lane) => {
        for (let number = lane; number < PUSHES; number += PUSHERS) {
          await pushOne(number);
          // However fast pushes are, the collector gets its turn.
          while (seen.passes * PUSHES_PER_PASS < number) await new Promise((resolve) => setImmediate(resolve));
        }
      });
      await Promise.all(lanes).finally(() => {
        ended = true;
      });
      await Promise.all(collecting);

      expect(seen.unreadable).toBe(0);
      for (const { repository, push } of kept) {
        const top = push.manifests.at(-1);
        if (top === undefined || (await client.pullManifest(repository, top.digest)) === undefined) continue;
        expect(await isReadable(repository, push)).toBe(true);
      }
      // It was a race: the collector has removed what later pushes then brought again.
      expect(seen.skipped).toBeGreaterThan(PUSHES / 5);
      expect(seen.mounted).toBeGreaterThan(0);
      expect(seen.blobsRemoved).toBeGreaterThan(PUSHES / 10);
      expect(seen.byPolicy).toBeGreaterThan(0);
      expect(seen.passes).toBeGreaterThan(20);
      if (process.env['COLLECTION_PUSHES'] !== undefined) console.log(engine, PUSHES, seen);
    },
    60_000 + PUSHES * 200,
  );
});

interface Push {
  readonly blobs: readonly Buffer[];
  /** Parts first. */
  readonly manifests: readonly ClientManifest[];
}

/** Most are images of shared layers; every fourth is an index of parts that others push too. */
function composePush(number: number): Push {
  const pick = (index: number) => LAYERS[(number * 7 + index * 5) % LAYERS.length] ?? Buffer.alloc(1);
  if (number % 4 !== 0) {
    const config = Buffer.from(`{"number":${number}}`);
    const layers = [pick(0), pick(1)];
    return { blobs: [config, ...layers], manifests: [composeImage(config, layers)] };
  }
  const config = Buffer.from('{"shared":true}');
  const parts = [pick(0), pick(1), pick(2)].map((layer) => composeImage(config, [layer]));
  const index = composeIndex(parts, { annotations: { number: String(number) } });
  return { blobs: [config, pick(0), pick(1), pick(2)], manifests: [...parts, index] };
}
