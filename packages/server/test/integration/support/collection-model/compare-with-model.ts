import { expect } from 'vitest';
import type { RepositoryRef } from '../../../../src/content/repository-ref.ts';
import { type ContentClient, digestOf } from '../../../in-process/content-client.ts';
import type { TestContent } from '../../../in-process/test-content.ts';
import type { RegistryModel } from './registry-model.ts';

export interface BothSides {
  readonly test: TestContent;
  readonly client: ContentClient;
  readonly model: RegistryModel;
  readonly refs: ReadonlyMap<string, RepositoryRef>;
  /** Every blob that any repository may hold. */
  readonly blobs: readonly Buffer[];
}

/**
 * What the model says is there can be read, with the right bytes; what it says is gone cannot.
 * @param afterPass a pass has just come to its end, so that what is due must be gone
 */
export async function compareWithModel(sides: BothSides, afterPass: boolean): Promise<void> {
  const { client, model, refs, blobs } = sides;
  for (const [name, { manifests, tags, known }] of model.repositories) {
    const ref = refs.get(name);
    if (ref === undefined) throw new Error(`there is no repository ${name}`);
    for (const [digest, kind] of known) {
      const bytes = await client.pullManifest(ref, digest);
      expect(bytes?.equals(kind.manifest.bytes) ?? false, `${digest} in ${name}`).toBe(manifests.has(digest));
    }
    const standing = await sides.test.content.listTags({ repository: name, limit: 100 });
    expect(standing?.items ?? []).toEqual([...tags.keys()].toSorted());
    for (const [tag, digest] of tags) {
      expect(await client.pullManifest(ref, tag)).toEqual(known.get(digest)?.manifest.bytes);
    }
    for (const bytes of blobs) await compareBlob(sides, { ref, bytes }, afterPass);
  }
  compareCopies(sides, afterPass);
  await compareTrash(sides);
}

async function compareBlob(
  { client, model }: BothSides,
  { ref, bytes }: { readonly ref: RepositoryRef; readonly bytes: Buffer },
  afterPass: boolean,
): Promise<void> {
  const digest = digestOf(bytes);
  const expected = model.expectLink(ref.name, digest, afterPass);
  const pulled = await client.pullBlob(ref, digest);
  if (pulled !== undefined) expect(pulled.equals(bytes)).toBe(true);
  if (expected === 'either') return;
  expect(pulled !== undefined, `the blob of ${bytes.length} bytes in ${ref.name}`).toBe(expected === 'there');
}

function compareCopies({ test, model, blobs }: BothSides, afterPass: boolean): void {
  const keys = [...test.medium.objects.keys()];
  for (const bytes of blobs) {
    const digest = digestOf(bytes);
    const copies = keys.filter((key) => key.startsWith(digest.replace(':', '-'))).length;
    const expected = model.expectCopy(digest, afterPass);
    expect(copies, `copies of ${bytes.length} bytes`).toBeLessThanOrEqual(1);
    if (expected !== 'either') expect(copies, `copies of ${bytes.length} bytes`).toBe(expected === 'there' ? 1 : 0);
  }
}

/** A policy deletes several at one instant, in whichever order. */
async function compareTrash({ test, model, refs }: BothSides): Promise<void> {
  const found: string[] = [];
  for (const projectId of new Set([...refs.values()].map((ref) => ref.projectId))) {
    const { items } = await test.content.trash.list({ projectId, limit: 1_000 });
    for (const { repository, digest, tags, deletedAt, expiresAt } of items) {
      found.push(JSON.stringify([repository.name, digest, tags, deletedAt, expiresAt]));
    }
  }
  const expected = model.trash.map(({ repository, kind, tags, deletedAt, expiresAt }) =>
    JSON.stringify([repository, kind.manifest.digest, tags, deletedAt, expiresAt]),
  );
  expect(found.toSorted()).toEqual(expected.toSorted());
}
