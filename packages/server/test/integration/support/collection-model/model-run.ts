import type { Digest } from '@roadstead/oci';
import { expect } from 'vitest';
import type { RepositoryRef } from '../../../../src/content/repository-ref.ts';
import {
  ContentClient,
  composeImage,
  composeIndex,
  describeManifest,
  digestOf,
} from '../../../in-process/content-client.ts';
import type { TestContent } from '../../../in-process/test-content.ts';
import { type BothSides, compareWithModel } from './compare-with-model.ts';
import { ModelPasses } from './model-passes.ts';
import { BLOBS, DAY_MS, type ModelStep } from './model-step.ts';
import { type ManifestKind, type ModelTimes, RegistryModel, type TrashModel } from './registry-model.ts';

const REPOSITORIES = [
  ['team', 'app'],
  ['team', 'web'],
  ['other', 'app'],
] as const;
const MAX_DEPTH = 4;
export const EXPIRY_MS = 6 * 3_600_000;

/** Plays steps on the real content and on the model, and compares the two after each. */
export class ModelRun {
  readonly #test: TestContent;
  readonly #client: ContentClient;
  readonly #model: RegistryModel;
  readonly #times: ModelTimes;
  readonly #refs = new Map<string, RepositoryRef>();
  readonly #blobs: readonly Buffer[];
  readonly #sides: BothSides;
  readonly #passes: ModelPasses;
  /** How often what is worth testing has come about. */
  readonly #seen: Map<string, number>;

  constructor(test: TestContent, times: ModelTimes, seen: Map<string, number>) {
    this.#test = test;
    this.#seen = seen;
    this.#times = times;
    this.#client = new ContentClient(test.content, test.actor);
    this.#model = new RegistryModel(test.clock.now(), times);
    // Powers of two: a sum of sizes tells which of them it is of.
    this.#blobs = Array.from({ length: BLOBS }, (_, index) => Buffer.alloc(64 * 2 ** index, `blob ${index} `));
    this.#sides = { test, client: this.#client, model: this.#model, refs: this.#refs, blobs: this.#blobs };
    this.#passes = new ModelPasses(this.#sides, (what, by) => this.#count(what, by));
  }

  async open(): Promise<void> {
    for (const [project, name] of REPOSITORIES) {
      const ref = await this.#test.createRepository(project, name);
      this.#refs.set(ref.name, ref);
      this.#model.addRepository(ref.name, project);
    }
  }

  async play(step: ModelStep): Promise<void> {
    await this.#apply(step);
    await compareWithModel(this.#sides, step.kind === 'pass' && !this.#model.isCollectorHeld());
  }

  /** Deletes everything and lets time pass: nothing may be left. */
  async end(): Promise<void> {
    const { content, clock } = this.#test;
    await content.collector.release('backup');
    this.#model.collectorHeldUntil = 0;
    for (const project of ['team', 'other'])
      await this.#apply({ kind: 'policy', project: project === 'team' ? 0 : 1, afterMs: null });
    for (const [name, { manifests }] of this.#model.repositories) {
      while (manifests.size > 0) {
        for (const digest of [...manifests.keys()]) {
          if (this.#model.isListed(name, digest)) continue;
          await this.#client.delete(this.#ref(name), digest);
          this.#model.deleteManifest(name, digest);
        }
      }
    }
    await compareWithModel(this.#sides, false);
    await this.#apply({ kind: 'purge', what: 'all', pick: 0 });
    for (let round = 0; round < 4; round += 1) {
      this.#advance(2 * DAY_MS);
      await this.#passes.run();
    }
    expect(this.#test.storedBytes()).toBe(0);
    expect(this.#test.medium.uploads.size).toBe(0);
    for (const table of ['blobs', 'blob_digests', 'repository_blobs', 'uploads', 'strays'] as const) {
      expect(await this.#test.database.reader.selectFrom(table).selectAll().execute(), table).toEqual([]);
    }
    expect(clock.now()).toBe(this.#model.now);
  }

  #count(what: string, by = 1): void {
    this.#seen.set(what, (this.#seen.get(what) ?? 0) + by);
  }

  async #apply(step: ModelStep): Promise<void> {
    switch (step.kind) {
      case 'image':
        return this.#pushImage(step);
      case 'index':
        return this.#pushIndex(step);
      case 'again': {
        const name = nameOf(step.repository);
        const kind = pickOf([...this.#model.get(name).known.values()], step.pick);
        const isWhole = kind?.children.every((child) => this.#model.get(name).manifests.has(child));
        if (kind !== undefined && isWhole) await this.#push(name, kind, { tag: step.tag, asks: true });
        return;
      }
      case 'head':
        await this.#head(nameOf(step.repository), step.blob);
        return;
      case 'head-manifest':
        return this.#headManifest(step);
      case 'mount':
        return this.#mount(step);
      case 'delete-tag':
        return this.#deleteTag(step);
      case 'delete-manifest':
        return this.#deleteManifest(step);
      case 'delete-blob':
        return this.#deleteBlob(step);
      case 'restore':
        return this.#restore(step.pick);
      case 'purge':
        return this.#purge(step);
      case 'policy': {
        const project = ['team', 'other'][step.project] ?? 'team';
        const { projectId } = this.#ref(project === 'team' ? 'team/app' : 'other/app');
        await this.#test.content.setUntaggedPolicy(projectId, step.afterMs, this.#test.actor);
        this.#model.setPolicy(project, step.afterMs);
        return;
      }
      case 'advance':
        this.#advance(step.milliseconds);
        return;
      case 'pass':
        return this.#passes.run();
      case 'abandon':
        return this.#abandon(nameOf(step.repository));
      case 'stray':
        this.#passes.plantStray();
        return;
      case 'hold':
        await this.#test.content.collector.hold('backup', step.milliseconds);
        this.#model.collectorHeldUntil = this.#model.now + step.milliseconds;
    }
  }

  #advance(milliseconds: number): void {
    this.#test.clock.advance(milliseconds);
    this.#model.advance(milliseconds);
  }

  #ref(name: string): RepositoryRef {
    const ref = this.#refs.get(name);
    if (ref === undefined) throw new Error(`there is no repository ${name}`);
    return ref;
  }

  #blob(index: number): Buffer {
    return this.#blobs[index % BLOBS] ?? Buffer.alloc(0);
  }

  async #pushImage(step: Extract<ModelStep, { kind: 'image' }>): Promise<void> {
    const name = nameOf(step.repository);
    const subject = this.#pickSubject(name, step.subject, []);
    const config = this.#blob(step.config);
    const layers = step.layers.map((layer) => this.#blob(layer));
    const manifest = composeImage(
      config,
      layers,
      subject === undefined ? {} : { subject: describeManifest(subject.manifest) },
    );
    const kind: ManifestKind = {
      manifest,
      blobs: [config, ...layers].map(digestOf),
      children: [],
      subject: subject?.manifest.digest,
      depth: 0,
    };
    await this.#push(name, kind, step);
  }

  async #pushIndex(step: Extract<ModelStep, { kind: 'index' }>): Promise<void> {
    const name = nameOf(step.repository);
    const { manifests } = this.#model.get(name);
    const shallow = [...manifests.values()].filter(({ kind }) => kind.depth < MAX_DEPTH).map(({ kind }) => kind);
    const children = [...new Set(step.children.map((pick) => pickOf(shallow, pick)))].filter(
      (kind) => kind !== undefined,
    );
    if (children.length === 0) return;
    const subject = this.#pickSubject(name, step.subject, children);
    const fields = subject === undefined ? {} : { subject: describeManifest(subject.manifest) };
    const manifest = composeIndex(
      children.map((child) => child.manifest),
      fields,
    );
    this.#count('indexes');
    if (children.some((child) => child.depth > 0)) this.#count('nested indexes');
    const kind: ManifestKind = {
      manifest,
      blobs: [],
      children: children.map((child) => child.manifest.digest),
      subject: subject?.manifest.digest,
      depth: 1 + Math.max(...children.map((child) => child.depth)),
    };
    await this.#push(name, kind, { tag: step.tag, asks: true });
  }

  /** A subject that does not itself need one of the parts to go first: no policy could ever begin with such a knot. */
  #pickSubject(name: string, pick: number | undefined, parts: readonly ManifestKind[]): ManifestKind | undefined {
    if (pick === undefined || parts.length > 0) return undefined;
    return pickOf([...this.#model.get(name).known.values()], pick);
  }

  async #push(
    name: string,
    kind: ManifestKind,
    { tag, asks }: { readonly tag: number | undefined; readonly asks: boolean },
  ): Promise<void> {
    const ref = this.#ref(name);
    for (const digest of kind.blobs) {
      const index = this.#blobs.findIndex((bytes) => digestOf(bytes) === digest);
      if (asks && (await this.#head(name, index))) continue;
      await this.#client.pushBlob(ref, this.#blob(index));
      this.#model.promise(name, digest, this.#times.pushWindowMs);
    }
    for (const child of kind.children) {
      expect(await this.#test.content.manifests.findForPush(name, { kind: 'digest', digest: child })).toBeDefined();
      this.#model.holdManifest(name, child);
    }
    const tagName = tag === undefined ? undefined : `tag-${tag}`;
    await this.#client.putManifest(ref, kind.manifest, tagName);
    this.#model.put(name, kind, tagName);
  }

  /** @returns whether the blob was there */
  async #head(name: string, index: number): Promise<boolean> {
    const digest = digestOf(this.#blob(index));
    const found = await this.#test.content.findBlob(name, digest, { holds: true });
    const expected = this.#model.expectLink(name, digest, false);
    if (expected !== 'either')
      expect(found !== undefined, `HEAD of blob ${index} in ${name}`).toBe(expected === 'there');
    if (found !== undefined) {
      this.#model.promise(name, digest, this.#times.pushWindowMs / 2);
      if (!this.#model.listedBlobs(name).has(digest)) this.#count('held for a push');
    }
    return found !== undefined;
  }

  async #headManifest(step: Extract<ModelStep, { kind: 'head-manifest' }>): Promise<void> {
    const name = nameOf(step.repository);
    const kind = pickOf([...this.#model.get(name).known.values()], step.pick);
    if (kind === undefined) return;
    const { digest } = kind.manifest;
    const found = await this.#test.content.manifests.findForPush(name, { kind: 'digest', digest });
    expect(found !== undefined).toBe(this.#model.get(name).manifests.has(digest));
    this.#model.holdManifest(name, digest);
  }

  async #mount(step: Extract<ModelStep, { kind: 'mount' }>): Promise<void> {
    const [from, name] = [nameOf(step.from), nameOf(step.repository)];
    const digest = pickOf(await this.#heldBlobs(from), step.blob) ?? digestOf(this.#blob(step.blob));
    const expected = this.#model.expectLink(from, digest, false);
    const mounted = await this.#test.content.mountBlob(this.#ref(name), this.#test.actor, digest, from);
    if (expected !== 'either') expect(mounted).toBe(expected === 'there');
    if (!mounted) return;
    this.#model.promise(name, digest, this.#times.pushWindowMs);
    this.#count('mounts');
  }

  /** Blobs that the repository holds now, listed or not. */
  async #heldBlobs(name: string): Promise<readonly Digest[]> {
    const held: Digest[] = [];
    for (const digest of this.#blobs.map(digestOf)) {
      if ((await this.#test.content.findBlob(name, digest)) !== undefined) held.push(digest);
    }
    return held;
  }

  async #deleteTag(step: Extract<ModelStep, { kind: 'delete-tag' }>): Promise<void> {
    const name = nameOf(step.repository);
    const tag = `tag-${step.tag}`;
    const deleting = this.#client.delete(this.#ref(name), tag);
    if (this.#model.get(name).tags.has(tag)) await deleting;
    else await expect(deleting).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN' });
    this.#model.deleteTag(name, tag);
  }

  async #deleteManifest(step: Extract<ModelStep, { kind: 'delete-manifest' }>): Promise<void> {
    const name = nameOf(step.repository);
    const digest = pickOf([...this.#model.get(name).manifests.keys()], step.pick);
    if (digest === undefined) return;
    const deleting = this.#client.delete(this.#ref(name), digest);
    if (this.#model.isListed(name, digest)) {
      await expect(deleting).rejects.toMatchObject({ code: 'UNSUPPORTED' });
      return;
    }
    await deleting;
    this.#model.deleteManifest(name, digest);
  }

  async #deleteBlob(step: Extract<ModelStep, { kind: 'delete-blob' }>): Promise<void> {
    const name = nameOf(step.repository);
    const unlisted = (await this.#heldBlobs(name)).filter((held) => !this.#model.listedBlobs(name).has(held));
    const digest = pickOf(unlisted, step.blob) ?? digestOf(this.#blob(step.blob));
    const wasThere = (await this.#test.content.findBlob(name, digest)) !== undefined;
    const deleting = this.#test.content.deleteBlob(this.#ref(name), this.#test.actor, digest);
    if (this.#model.listedBlobs(name).has(digest)) {
      await expect(deleting).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    } else if (wasThere) {
      await deleting;
      this.#model.deleteBlob(name, digest);
      this.#count('blobs deleted');
    } else {
      await expect(deleting).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' });
    }
  }

  async #restore(pick: number): Promise<void> {
    const entry = pickOf(this.#model.trash, pick);
    if (entry === undefined) return;
    const { projectId } = this.#ref(entry.repository);
    const restoring = this.#test.content.trash.restore(projectId, await this.#trashId(entry), this.#test.actor);
    const plan = this.#model.planRestore(entry);
    if (plan === undefined) {
      await expect(restoring).rejects.toMatchObject({ code: 'PRECONDITION' });
      this.#count('refused restorations');
      return;
    }
    const { manifests } = await restoring;
    expect(manifests.map((restored) => restored.digest)).toEqual(plan.map((part) => part.kind.manifest.digest));
    this.#model.restore(plan);
    this.#count('restorations');
    if (plan.length > 1) this.#count('restorations with parts');
  }

  async #purge({ what, pick }: Extract<ModelStep, { kind: 'purge' }>): Promise<void> {
    const entry = pickOf(this.#model.trash, pick);
    if (entry === undefined) return;
    const { projectId } = this.#ref(entry.repository);
    const trashId = await this.#trashId(entry);
    const selection = {
      one: { kind: 'one', projectId, trashId },
      project: { kind: 'project', projectId },
      all: { kind: 'all' },
    } as const;
    const purging = this.#test.content.trash.purge(selection[what], this.#test.actor);
    if (this.#model.isCollectorHeld()) {
      await expect(purging).rejects.toMatchObject({ code: 'CONFLICT' });
      return;
    }
    const before = this.#model.trash.length;
    this.#model.purge(
      (other) => what === 'all' || (what === 'project' ? other.project === entry.project : other === entry),
    );
    expect(await purging).toBe(before - this.#model.trash.length);
    this.#count('purges');
  }

  async #trashId(entry: TrashModel): Promise<number> {
    const { projectId } = this.#ref(entry.repository);
    const { items } = await this.#test.content.trash.list({ projectId, repository: entry.repository, limit: 1_000 });
    // The newest come first; the model has them in the order of the deletions.
    const ids = items.filter((item) => item.digest === entry.kind.manifest.digest).map((item) => item.id);
    const same = this.#model.trash.filter(
      ({ repository, kind }) => repository === entry.repository && kind.manifest.digest === entry.kind.manifest.digest,
    );
    const id = ids.toReversed()[same.indexOf(entry)];
    if (id === undefined) throw new Error('the trash has lost an entry');
    return id;
  }

  async #abandon(name: string): Promise<void> {
    const ref = this.#ref(name);
    const { uploads } = this.#test.content;
    const { id } = await uploads.create(ref, this.#test.actor, 'sha256');
    async function* pieces() {
      yield Buffer.alloc(100);
    }
    await uploads.append(id, ref, this.#test.actor, { pieces: pieces(), start: undefined, sizeBytes: undefined });
  }
}

function nameOf(repository: number): string {
  const [project, name] = REPOSITORIES[repository % REPOSITORIES.length] ?? REPOSITORIES[0];
  return `${project}/${name}`;
}

function pickOf<Item>(items: readonly Item[], pick: number): Item | undefined {
  return items.length === 0 ? undefined : items[pick % items.length];
}
