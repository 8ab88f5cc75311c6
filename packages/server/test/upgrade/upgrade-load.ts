import { type Answer, describeAnswer, HttpClient } from '../support/load/http-client.ts';
import { describeBlob, digestOf, makeBytes } from '../support/load/seeded-blob.ts';
import { describeImage, type LoadManifest } from '../support/load/seeded-manifest.ts';
import { AUTHORIZATION } from '../support/process/server-process.ts';
import type { SeededRandom } from '../support/seeded-random.ts';

export const PROJECT = 'upgrade';
const SMALL_BYTES = 40_000;
const LARGE_BYTES = 300_000;
const CHUNKS = 3;

/** An image that was acknowledged. */
export interface PushedImage {
  readonly repository: string;
  readonly tag: string;
  readonly manifest: LoadManifest;
}

/** One client that pushes, moves, deletes and reads, and repeats nothing: whatever fails, a user would have seen. */
export class UpgradeLoad {
  readonly images: PushedImage[] = [];
  readonly failures: string[] = [];
  requests = 0;
  readonly #client: HttpClient;
  readonly #repository: string;
  readonly #random: SeededRandom;
  #turn = 0;

  constructor(port: number, name: string, random: SeededRandom) {
    this.#client = new HttpClient(port, AUTHORIZATION);
    this.#repository = `${PROJECT}/${name}`;
    this.#random = random;
  }

  /** Works until it is told to stop; a failure ends the image at hand, and not the load. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      try {
        await this.#pushAndRead();
      } catch (error) {
        this.failures.push(`${new Date().toISOString()} ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    this.#client.close();
  }

  async #pushAndRead(): Promise<void> {
    const repository = this.#repository;
    this.#turn += 1;
    const [config, layer] = [SMALL_BYTES, LARGE_BYTES].map((sizeBytes, index) =>
      describeBlob(`${repository} ${this.#turn} ${index}`, sizeBytes),
    );
    if (config === undefined || layer === undefined) throw new Error('an image has two blobs');
    const pushed = `/v2/${repository}/blobs/uploads/?digest=${config.digest}`;
    await this.#expect(201, 'POST', pushed, { body: makeBytes(config) });
    await this.#uploadInChunks(layer.digest, makeBytes(layer));
    const tag = `t${this.#turn}`;
    const manifest = describeImage(config, [layer], tag);
    for (const reference of [tag, 'latest']) {
      await this.#expect(201, 'PUT', `/v2/${repository}/manifests/${reference}`, {
        headers: { 'Content-Type': manifest.mediaType },
        body: manifest.bytes,
      });
    }
    this.images.push({ repository, tag, manifest });
    await this.#read('latest', manifest.digest);
    const older = this.#random.pick(this.images);
    await this.#read(older.tag, older.manifest.digest);
    const blob = await this.#expect(200, 'GET', `/v2/${repository}/blobs/${layer.digest}`);
    if (digestOf(blob.body) !== layer.digest) throw new Error(`a blob of ${repository} has other bytes`);
    const { body } = await this.#expect(200, 'GET', `/v2/${repository}/tags/list`);
    const { tags } = JSON.parse(body.toString('utf8')) as { readonly tags: readonly string[] };
    if (!tags.includes(tag)) throw new Error(`${repository} does not list its newest tag ${tag}`);
    await this.#moveAndDelete(manifest);
  }

  async #moveAndDelete(manifest: LoadManifest): Promise<void> {
    const path = `/v2/${this.#repository}/manifests/passing`;
    const put = { headers: { 'Content-Type': manifest.mediaType }, body: manifest.bytes };
    await this.#expect(201, 'PUT', path, put);
    await this.#expect(202, 'DELETE', path);
    await this.#expect(404, 'GET', path);
  }

  async #uploadInChunks(digest: string, bytes: Buffer): Promise<void> {
    const begun = await this.#expect(202, 'POST', `/v2/${this.#repository}/blobs/uploads/`);
    const location = new URL(begun.headers.location ?? '', 'http://registry').pathname;
    const chunkBytes = Math.ceil(bytes.length / CHUNKS);
    for (let start = 0; start < bytes.length; start += chunkBytes) {
      const body = bytes.subarray(start, start + chunkBytes);
      const headers = { 'Content-Range': `${start}-${start + body.length - 1}` };
      await this.#expect(202, 'PATCH', location, { headers, body });
    }
    await this.#expect(201, 'PUT', `${location}?digest=${digest}`);
  }

  async #read(reference: string, digest: string): Promise<void> {
    const answer = await this.#expect(200, 'GET', `/v2/${this.#repository}/manifests/${reference}`);
    if (digestOf(answer.body) !== digest) throw new Error(`${this.#repository}:${reference} is another manifest`);
  }

  async #expect(
    status: number,
    method: string,
    path: string,
    ask: { readonly headers?: Readonly<Record<string, string>>; readonly body?: Buffer } = {},
  ): Promise<Answer> {
    this.requests += 1;
    const answer = await this.#client.ask(method, path, ask);
    if (answer.status === status) return answer;
    throw new Error(`${method} ${path}: ${describeAnswer(answer)} of ${answer.headers['x-served-by'] ?? 'nobody'}`);
  }
}

/** Reads every image with its blobs. @returns what is not as it was acknowledged */
export async function verifyImages(port: number, images: readonly PushedImage[]): Promise<readonly string[]> {
  const client = new HttpClient(port, AUTHORIZATION);
  const wrong: string[] = [];
  for (const { repository, tag, manifest } of images) {
    const contents = [
      [`manifests/${tag}`, manifest.digest],
      [`manifests/${manifest.digest}`, manifest.digest],
      ...manifest.blobs.map(({ digest }) => [`blobs/${digest}`, digest]),
    ] as const;
    for (const [path, digest] of contents) {
      const answer = await client.ask('GET', `/v2/${repository}/${path}`);
      if (answer.status === 200 && digestOf(answer.body) === digest) continue;
      wrong.push(`${repository}/${path}: ${answer.status === 200 ? 'other bytes' : describeAnswer(answer)}`);
    }
  }
  client.close();
  return wrong;
}
