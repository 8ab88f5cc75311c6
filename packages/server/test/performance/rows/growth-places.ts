import { rmSync } from 'node:fs';
import path from 'node:path';
import { repositoryName, seedRepositories, seedTags, TAG_ANNOTATION, tagName } from '../content/growing-content.ts';
import { insertRepositories, insertTags } from '../content/insert-rows.ts';
import { assertAnswer, RegistryClient } from '../content/registry-client.ts';
import type { RowContext } from '../row.ts';
import { PROJECT, pullScope, type ServerFactory } from '../servers/running-server.ts';
import { type OpenServer, openServer } from './server-pair.ts';

const SAMPLED_TAGS = 20;

/** Something that has pages, of a known size. */
export interface GrowthPlace {
  readonly kind: 'tags' | 'catalog';
  readonly size: number;
  readonly open: OpenServer;
  /** Path of the list, without a query. */
  readonly path: string;
  readonly scope: string;
  readonly nameOf: (index: number) => string;
}

/** How far each list grows. */
export interface GrowthSizes {
  readonly tags: readonly number[];
  readonly catalog: readonly number[];
}

/** A server whose content goes in through its API: for sizes that it takes in reasonable time. */
export async function seedThroughApi(
  context: RowContext,
  factory: ServerFactory,
  sizes: GrowthSizes,
): Promise<readonly GrowthPlace[]> {
  const tagServer = await openServer(context, factory, 'apart');
  for (const size of sizes.tags) {
    context.say(`${factory.name}: seeding ${size} tags`);
    await seedTags(tagServer.client, tagRepository(size), size);
  }
  const places = sizes.tags.map((size) => tagPlace(tagServer, size));
  for (const size of sizes.catalog) {
    context.say(`${factory.name}: seeding ${size} repositories`);
    const open = await openServer(context, factory, 'apart');
    await seedRepositories(open.client, PROJECT, size);
    places.push(catalogPlace(open, size));
  }
  return places;
}

/** A Roadstead whose content is put into its database while it stands still. */
export async function seedThroughDatabase(context: RowContext, sizes: GrowthSizes): Promise<readonly GrowthPlace[]> {
  const tagServer = await growOffline(context, 'tags', {
    seed: async (client) => {
      for (const size of sizes.tags) await seedTags(client, tagRepository(size), 1);
    },
    insert: (dataDir) => {
      for (const size of sizes.tags) {
        context.say(`${context.ours.name}: inserting ${size} tags`);
        insertTags(dataDir, tagRepository(size), size);
      }
    },
  });
  const places = sizes.tags.map((size) => tagPlace(tagServer, size));
  for (const place of places) await verifySampleOfTags(place);
  for (const size of sizes.catalog) {
    const open = await growOffline(context, `catalog-${size}`, {
      seed: (client) => seedRepositories(client, PROJECT, 1),
      insert: (dataDir) => {
        context.say(`${context.ours.name}: inserting ${size} repositories`);
        insertRepositories(dataDir, PROJECT, size);
      },
    });
    places.push(catalogPlace(open, size));
  }
  return places;
}

interface OfflineGrowth {
  readonly seed: (client: RegistryClient) => Promise<void>;
  readonly insert: (dataDir: string) => void;
}

/** Lets the server write what is to be repeated, stops it, repeats it, and starts the server again. */
async function growOffline(context: RowContext, name: string, { seed, insert }: OfflineGrowth): Promise<OpenServer> {
  const { ours, workDir } = context;
  const dataDir = path.join(workDir, `growth-${process.pid}-${name}`);
  context.defer(async () => rmSync(dataDir, { recursive: true, force: true }));
  const first = await ours.start({ placement: 'apart', dataDir });
  const client = new RegistryClient(first);
  try {
    await seed(client);
  } finally {
    client.close();
    await first.stop();
  }
  insert(dataDir);
  return openServer(context, ours, 'apart', dataDir);
}

function tagRepository(size: number): string {
  return `${PROJECT}/tags-${size}`;
}

function tagPlace(open: OpenServer, size: number): GrowthPlace {
  const repository = tagRepository(size);
  const scope = pullScope(repository);
  return { kind: 'tags', size, open, path: `/v2/${repository}/tags/list`, scope, nameOf: tagName };
}

function catalogPlace(open: OpenServer, size: number): GrowthPlace {
  const nameOf = (index: number): string => repositoryName(PROJECT, index);
  return { kind: 'catalog', size, open, path: '/v2/_catalog', scope: 'registry:catalog:*', nameOf };
}

/** @throws Error when a tag that was inserted does not lead to a manifest of its own, byte for byte, over readable blobs */
async function verifySampleOfTags({ open, size, nameOf }: GrowthPlace): Promise<void> {
  const repository = tagRepository(size);
  const scope = pullScope(repository);
  const step = Math.max(1, Math.floor((size - 1) / SAMPLED_TAGS));
  for (let index = 0; index < size; index += step) {
    const path = `/v2/${repository}/manifests/${nameOf(index)}`;
    const answer = await open.client.ask('GET', path, { scope });
    assertAnswer(answer, 200, `GET ${path}`);
    const manifest = JSON.parse(answer.body.toString('utf8')) as {
      readonly annotations: Readonly<Record<string, string>>;
      readonly layers: readonly { readonly digest: string; readonly size: number }[];
    };
    const isOwn = manifest.annotations[TAG_ANNOTATION] === nameOf(index);
    if (!isOwn || answer.headers['docker-content-digest'] !== answer.bodyDigest) {
      throw new Error(`${path} leads to another manifest than the one that was inserted`);
    }
    for (const { digest, size: sizeBytes } of manifest.layers) {
      await open.client.mustServe(`/v2/${repository}/blobs/${digest}`, repository, { digest, sizeBytes });
    }
  }
}
