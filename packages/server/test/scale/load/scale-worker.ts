import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, describeAnswer } from '../../support/load/http-client.ts';
import type { RegistryWrites } from '../../support/load/registry-writes.ts';
import { describeBlob, digestOf } from '../../support/load/seeded-blob.ts';
import { describeImage, describeIndex, type LoadManifest } from '../../support/load/seeded-manifest.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { describeReferrer } from './describe-referrer.ts';
import { GivenUpError, persist } from './patience.ts';
import { PatientPusher, type UploadProgress } from './patient-pusher.ts';
import type { PushedManifest, SharedContent } from './shared-content.ts';

export interface ScaleWorkerDeps {
  readonly name: string;
  readonly writes: RegistryWrites;
  readonly content: SharedContent;
  readonly random: SeededRandom;
  /** Is told of what no registry may do, whatever fails. */
  readonly complain: (what: string) => void;
  /** Is told of a step that the client has given up. */
  readonly giveUp: (step: string) => void;
}

const STEPS = {
  pushImage: 22,
  pushKept: 10,
  pushLarge: 4,
  pushIndex: 4,
  pushReferrer: 4,
  moveTag: 10,
  deleteTag: 5,
  deleteManifest: 6,
  mountBlob: 5,
  leaveUpload: 3,
  continueUpload: 6,
  readKept: 14,
  pullTag: 12,
  list: 6,
} as const;

type Step = keyof typeof STEPS;

const MIN_LAYER_BYTES = 1024;
const MAX_LAYER_BYTES = 64 * 1024;
const MIB = 1024 ** 2;
/** More than a part of the store's, so that such a blob has several. */
const LARGE_BYTES = 9 * MIB;
const MAX_LARGER_BYTES = 9 * MIB;
const LARGE_CHUNKS = 4;
const MAX_UNFINISHED = 4;
const MAX_PAUSE_MS = 60;

/** One client among several that push, move, delete, mount, list and pull. */
export class ScaleWorker {
  readonly #deps: ScaleWorkerDeps;
  readonly #pusher: PatientPusher;
  readonly #unfinished: UploadProgress[] = [];
  #count = 0;

  constructor(deps: ScaleWorkerDeps) {
    this.#deps = deps;
    this.#pusher = new PatientPusher(deps.writes, deps.complain);
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      this.#count += 1;
      const step = this.#chooseStep();
      try {
        await this[step](this.#deps.random.pick(this.#deps.content.repositories));
      } catch (error) {
        if (!(error instanceof GivenUpError)) throw error;
        this.#deps.giveUp(`${step}: ${error.message}`);
      }
      await delay(this.#deps.random.below(MAX_PAUSE_MS));
    }
  }

  async pushImage(repository: string): Promise<void> {
    const { content, random } = this.#deps;
    const image = this.#describeImage(this.#layerBytes());
    if (await this.#pusher.pushImage(repository, image, this.#pickTag(), random.below(4)))
      content.offer({ repository, manifest: image });
  }

  async pushKept(repository: string): Promise<void> {
    const { content, random } = this.#deps;
    const image = this.#describeImage(this.#layerBytes());
    const tag = `kept-${image.digest.slice(-16)}`;
    if (await this.#pusher.pushImage(repository, image, tag, random.below(4)))
      content.keep({ repository, manifest: image });
  }

  async pushLarge(repository: string): Promise<void> {
    const { content, random } = this.#deps;
    const bytes = LARGE_BYTES + random.below(MAX_LARGER_BYTES);
    if (!content.takeLargeBudget(bytes)) return;
    const image = this.#describeImage(bytes);
    if (await this.#pusher.pushImage(repository, image, undefined, 1 + random.below(LARGE_CHUNKS)))
      content.keep({ repository, manifest: image });
  }

  async pushIndex(): Promise<void> {
    const { content, random } = this.#deps;
    const child = this.#pickKept();
    if (child === undefined) return;
    const { repository } = child;
    const siblings = content.kept.filter(
      (each) => each.repository === repository && each.manifest.manifests.length === 0,
    );
    if (siblings.length === 0) return;
    const manifests = random.sample(siblings.slice(-8), 2).map((each) => each.manifest);
    const index = describeIndex(manifests, this.#freshName());
    if (await this.#pusher.pushImage(repository, index, this.#pickTag(), 0))
      content.keep({ repository, manifest: index });
  }

  /** What is acknowledged is in the list at once, whichever node is asked. */
  async pushReferrer(): Promise<void> {
    const { content, complain, writes } = this.#deps;
    const subject = this.#pickKept();
    if (subject === undefined) return;
    const { repository } = subject;
    const layer = describeBlob(this.#freshName(), this.#layerBytes());
    const referrer = describeReferrer(subject.manifest, layer, this.#freshName());
    if (!(await this.#pusher.pushImage(repository, referrer, undefined, 0))) return;
    content.keep({ repository, manifest: referrer });
    const path = `/v2/${repository}/referrers/${subject.manifest.digest}`;
    const answer = await this.#pusher.ask(() => writes.client.ask('GET', path));
    if (answer.status !== 200 || !answer.body.includes(referrer.digest))
      complain(`stale: ${referrer.digest} is not among ${path}: ${answer.status}`);
  }

  async moveTag(): Promise<void> {
    const { content, random } = this.#deps;
    const pushed = random.below(2) === 0 ? this.#pickKept() : content.findDeletable(random);
    if (pushed !== undefined) await this.#pusher.pushImage(pushed.repository, pushed.manifest, this.#pickTag(), 0);
  }

  async deleteTag(repository: string): Promise<void> {
    const { content, random, writes } = this.#deps;
    const tag = random.pick(content.tags);
    await this.#delete(`the tag ${repository}:${tag}`, () => writes.deleteTag(repository, tag));
  }

  async deleteManifest(): Promise<void> {
    const { content, random, writes } = this.#deps;
    const pushed = content.takeDeletable(random);
    if (pushed === undefined) return;
    const { repository, manifest } = pushed;
    await this.#delete(`the manifest ${manifest.digest}`, () => writes.deleteManifest(repository, manifest.digest));
  }

  async mountBlob(repository: string): Promise<void> {
    const { complain, random, writes } = this.#deps;
    const from = this.#pickKept();
    if (from === undefined) return;
    const { digest } = random.pick(
      from.manifest.blobs.length > 0 ? from.manifest.blobs : this.#deps.content.sharedBlobs,
    );
    const answer = await this.#pusher.ask(() => writes.mountBlob(repository, from.repository, digest));
    if (answer.status !== 201 && answer.status !== 202) complain(`the mount of ${digest}: ${describeAnswer(answer)}`);
  }

  /** Begins an upload, sends some of it, and goes on with it later, by then perhaps at other nodes. */
  async leaveUpload(repository: string): Promise<void> {
    if (this.#unfinished.length >= MAX_UNFINISHED) return;
    const blob = describeBlob(this.#freshName(), this.#layerBytes());
    const progress = await this.#pusher.open(repository, blob);
    await this.#pusher.append(progress, Math.ceil(blob.sizeBytes / 3));
    this.#unfinished.push(progress);
  }

  async continueUpload(): Promise<void> {
    const progress = this.#unfinished.shift();
    if (progress !== undefined) await this.#pusher.finish(progress, 2);
  }

  /** What nobody deletes is there, at each moment and on each node. */
  async readKept(): Promise<void> {
    const { random, writes, complain } = this.#deps;
    const pushed = this.#pickKept();
    if (pushed === undefined) return;
    const { repository, manifest } = pushed;
    const manifestPath = `/v2/${repository}/manifests/${manifest.digest}`;
    const answer = await this.#pusher.ask(() => writes.client.ask('GET', manifestPath));
    if (answer.status !== 200) complain(`lost: ${manifestPath}: ${describeAnswer(answer)}`);
    else if (digestOf(answer.body) !== manifest.digest) complain(`wrong digest: ${manifestPath}`);
    if (manifest.blobs.length === 0) return;
    const { digest } = random.pick(manifest.blobs);
    const blobPath = `/v2/${repository}/blobs/${digest}`;
    const head = await this.#pusher.ask(() => writes.client.ask('HEAD', blobPath));
    if (head.status !== 200) complain(`lost: HEAD ${blobPath}: ${describeAnswer(head)}`);
    await this.#readBlob(blobPath, digest);
  }

  /** A tag that others move, and everything that it leads to. */
  async pullTag(repository: string): Promise<void> {
    const { content, random, writes, complain } = this.#deps;
    const path = `/v2/${repository}/manifests/${random.pick(content.tags)}`;
    const answer = await this.#pusher.ask(() => writes.client.ask('GET', path));
    if (answer.status === 404) return;
    if (answer.status !== 200) return complain(`GET ${path}: ${describeAnswer(answer)}`);
    if (digestOf(answer.body) !== answer.headers['docker-content-digest']) complain(`wrong digest: ${path}`);
  }

  async list(repository: string): Promise<void> {
    const { random, writes, complain } = this.#deps;
    const path = random.pick([`/v2/${repository}/tags/list?n=20`, '/v2/_catalog?n=5', `/v2/${repository}/tags/list`]);
    const answer = await this.#pusher.ask(() => writes.client.ask('GET', path));
    if (answer.status !== 200 && answer.status !== 404) complain(`GET ${path}: ${describeAnswer(answer)}`);
  }

  /** A body that broke off is asked for again, as docker does. */
  async #readBlob(path: string, digest: string): Promise<void> {
    const { writes, complain } = this.#deps;
    const answer = await persist<Answer>(() => writes.client.ask('GET', path));
    if (answer.status !== 200) complain(`lost: GET ${path}: ${describeAnswer(answer)}`);
    else if (digestOf(answer.body) !== digest) complain(`wrong digest: ${path}, ${answer.body.length} bytes`);
  }

  async #delete(what: string, ask: () => Promise<Answer>): Promise<void> {
    const answer = await this.#pusher.ask(ask);
    // 404 after a try of which nothing was heard; 405: an index lists it.
    if (![202, 404, 405].includes(answer.status))
      this.#deps.complain(`the delete of ${what}: ${describeAnswer(answer)}`);
  }

  #describeImage(layerBytes: number): LoadManifest {
    const { content, random } = this.#deps;
    const name = this.#freshName();
    const layers = [...random.sample(content.sharedBlobs, 1 + random.below(2)), describeBlob(name, layerBytes)];
    return describeImage(describeBlob(`${name} config`, 300), layers, name);
  }

  #pickKept(): PushedManifest | undefined {
    const { kept } = this.#deps.content;
    return kept[this.#deps.random.below(Math.max(1, kept.length))];
  }

  #pickTag(): string | undefined {
    const { content, random } = this.#deps;
    return random.below(6) === 0 ? undefined : random.pick(content.tags);
  }

  #chooseStep(): Step {
    const steps = Object.entries(STEPS) as [Step, number][];
    let left = this.#deps.random.below(steps.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [step, weight] of steps) {
      left -= weight;
      if (left < 0) return step;
    }
    throw new Error('the weights of the steps do not add up');
  }

  #layerBytes(): number {
    return MIN_LAYER_BYTES + this.#deps.random.below(MAX_LAYER_BYTES - MIN_LAYER_BYTES);
  }

  #freshName(): string {
    return `${this.#deps.name} ${this.#count} ${this.#deps.random.below(1e9)}`;
  }
}
