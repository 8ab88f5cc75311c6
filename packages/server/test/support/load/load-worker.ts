import type { SeededRandom } from '../seeded-random.ts';
import { BlobPusher, type PushPolicy } from './blob-pusher.ts';
import type { Catalogue } from './catalogue.ts';
import type { Answer } from './http-client.ts';
import type { OpenUpload, RegistryWrites } from './registry-writes.ts';
import { describeBlob } from './seeded-blob.ts';
import { describeImage, describeIndex, type LoadManifest } from './seeded-manifest.ts';

export interface LoadWorkerDeps {
  readonly name: string;
  readonly writes: RegistryWrites;
  readonly catalogue: Catalogue;
  readonly random: SeededRandom;
  readonly policy: PushPolicy;
}

interface UnfinishedUpload {
  readonly upload: OpenUpload;
  offset: number;
}

/** The steps that a worker chooses from, and how often. */
const STEPS = {
  pushImage: 40,
  moveTag: 14,
  pushIndex: 6,
  leaveUpload: 5,
  continueUpload: 8,
  pushTwice: 5,
  mountBlob: 5,
  cancelUpload: 3,
  deleteTag: 7,
  deleteManifest: 6,
  deleteBlob: 6,
} as const;

export type Step = keyof typeof STEPS;

export const ALL_STEPS = Object.keys(STEPS) as readonly Step[];

/** Large enough that no chunk is a single byte, whose range would read like that of none. */
const MIN_LAYER_BYTES = 1024;
const MAX_LAYER_BYTES = 96 * 1024;
/** One image in so many has a layer that takes several writes. */
const LARGE_LAYER_EVERY = 30;
const LARGE_LAYER_BYTES = 2 * 1024 * 1024;
const MAX_UNFINISHED = 3;
/** A push whose layers others delete meanwhile begins again so often. */
const PUSH_TRIES = 3;

/** One client among several: it pushes, moves and deletes, and takes nothing for done that was not acknowledged. */
export class LoadWorker {
  readonly #deps: LoadWorkerDeps;
  readonly #blobs: BlobPusher;
  readonly #unfinished: UnfinishedUpload[] = [];
  #count = 0;
  #step: Step | undefined;

  constructor(deps: LoadWorkerDeps) {
    this.#deps = deps;
    this.#blobs = new BlobPusher(deps.writes, deps.policy);
  }

  /** Works until told to stop. @throws NoAnswerError when the server has gone */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) await this.perform(this.#chooseStep());
  }

  async perform(step: Step): Promise<void> {
    this.#count += 1;
    this.#step = step;
    const { catalogue, random } = this.#deps;
    await this[step](random.pick(catalogue.repositories));
    this.#step = undefined;
  }

  /** What it was at when the server went. */
  get unfinishedStep(): Step | undefined {
    return this.#step;
  }

  async pushImage(repository: string): Promise<void> {
    const { catalogue, random } = this.#deps;
    const isLarge = random.below(LARGE_LAYER_EVERY) === 0;
    const layerBytes = isLarge ? LARGE_LAYER_BYTES : this.#layerBytes();
    const name = this.#freshName();
    const layers = [...random.sample(catalogue.sharedBlobs, 1 + random.below(3)), describeBlob(name, layerBytes)];
    const image = describeImage(describeBlob(`${name} config`, 300), layers, name);
    await this.#push(repository, image, this.#pickTag());
  }

  /** Tags something that was pushed before, or finds out that it has gone. */
  async moveTag(repository: string): Promise<void> {
    const manifest = this.#deps.catalogue.findManifest(repository, this.#deps.random);
    if (manifest !== undefined) await this.#push(repository, manifest, this.#pickTag());
  }

  async pushIndex(repository: string): Promise<void> {
    const { catalogue, random } = this.#deps;
    const children = [catalogue.findManifest(repository, random), catalogue.findManifest(repository, random)];
    const images = new Set(children.filter((child) => child !== undefined && child.manifests.length === 0));
    if (images.size === 0) return;
    await this.#push(repository, describeIndex([...images] as LoadManifest[], this.#freshName()), this.#pickTag());
  }

  /** Begins an upload, sends some of it, and leaves it for later. */
  async leaveUpload(repository: string): Promise<void> {
    const { random } = this.#deps;
    if (this.#unfinished.length >= MAX_UNFINISHED) return;
    const blob = describeBlob(this.#freshName(), this.#layerBytes());
    const upload = await this.#blobs.open(repository, blob);
    if (upload === undefined) return;
    const toBytes = 2 + random.below(blob.sizeBytes - 2);
    const offset = await this.#blobs.appendChunk(upload, 0, toBytes);
    if (offset !== undefined) this.#unfinished.push({ upload, offset });
  }

  async continueUpload(): Promise<void> {
    const { random } = this.#deps;
    const unfinished = this.#unfinished.shift();
    if (unfinished === undefined) return;
    const { upload, offset } = unfinished;
    if (await this.#blobs.pushChunks(upload, offset, 1 + random.below(4))) return;
    await this.#blobs.push(upload.repository, upload.blob, 2);
  }

  /** Without asking first: the second copy must take no part of the first along when it goes. */
  async pushTwice(repository: string): Promise<void> {
    const { catalogue, random } = this.#deps;
    const blob = catalogue.pickBlob(repository, random);
    await this.#blobs.push(repository, blob, 0);
    await this.#blobs.push(random.pick(catalogue.repositories), blob, random.below(3));
  }

  async mountBlob(repository: string): Promise<void> {
    const { catalogue, random, writes } = this.#deps;
    const from = random.pick(catalogue.repositories);
    const { digest } = catalogue.pickBlob(from, random);
    const answer = await this.#blobs.again(() => writes.mountBlob(repository, from, digest));
    this.#blobs.expect(answer, [201, 202], `the mount of ${digest}`);
  }

  async cancelUpload(repository: string): Promise<void> {
    const { writes } = this.#deps;
    const blob = describeBlob(this.#freshName(), this.#layerBytes());
    const upload = await this.#blobs.open(repository, blob);
    if (upload === undefined) return;
    await this.#blobs.appendChunk(upload, 0, blob.sizeBytes);
    await this.#delete('an upload', () => writes.cancel(upload), [204]);
  }

  async deleteTag(repository: string): Promise<void> {
    const { catalogue, random, writes } = this.#deps;
    const tag = random.pick(catalogue.tags);
    await this.#delete(`the tag ${tag}`, () => writes.deleteTag(repository, tag), [202, 404]);
  }

  async deleteManifest(repository: string): Promise<void> {
    const { catalogue, random, writes } = this.#deps;
    const digest = catalogue.findManifest(repository, random)?.digest;
    if (digest === undefined) return;
    // 405: an index lists it.
    await this.#delete(`the manifest ${digest}`, () => writes.deleteManifest(repository, digest), [202, 404, 405]);
  }

  async deleteBlob(repository: string): Promise<void> {
    const { catalogue, random, writes } = this.#deps;
    const { digest } = catalogue.pickBlob(repository, random);
    // 405: a manifest lists it.
    await this.#delete(`the blob ${digest}`, () => writes.deleteBlob(repository, digest), [202, 404, 405]);
  }

  /** After a failure that may have deleted it nonetheless, 404 is right as well. */
  async #delete(what: string, ask: () => Promise<Answer>, allowed: readonly number[]): Promise<void> {
    const first = await ask();
    const isRetried = first.status >= 500 && this.#deps.policy.retriesFailures;
    const answer = isRetried ? await ask() : first;
    this.#blobs.expect(answer, isRetried ? [...allowed, 404] : allowed, `the delete of ${what}`);
  }

  async #push(repository: string, manifest: LoadManifest, tag: string | undefined): Promise<void> {
    const { catalogue, random, writes } = this.#deps;
    for (let tries = 0; tries < PUSH_TRIES; tries += 1) {
      for (const child of manifest.manifests) await this.#push(repository, child, undefined);
      for (const blob of manifest.blobs) await this.#blobs.pushIfMissing(repository, blob, random.below(4));
      const answer = await this.#blobs.again(() => writes.putManifest(repository, manifest, tag));
      if (answer.status === 201) return catalogue.rememberManifest(repository, manifest);
      // Another worker has deleted what this one found or pushed a moment ago.
      if (answer.body.includes('MANIFEST_BLOB_UNKNOWN')) continue;
      this.#blobs.expect(answer, [201], `the push of ${manifest.digest} to ${repository}`);
      return;
    }
  }

  #chooseStep(): Step {
    const { random } = this.#deps;
    let left = random.below(Object.values(STEPS).reduce((sum, weight) => sum + weight, 0));
    for (const step of ALL_STEPS) {
      left -= STEPS[step];
      if (left < 0) return step;
    }
    throw new Error('the weights of the steps do not add up');
  }

  #pickTag(): string | undefined {
    const { catalogue, random } = this.#deps;
    return random.below(8) === 0 ? undefined : random.pick(catalogue.tags);
  }

  #layerBytes(): number {
    return MIN_LAYER_BYTES + this.#deps.random.below(MAX_LAYER_BYTES - MIN_LAYER_BYTES);
  }

  #freshName(): string {
    return `${this.#deps.name} ${this.#count} ${this.#deps.random.below(1e9)}`;
  }
}
