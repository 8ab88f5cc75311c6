import { type Answer, describeAnswer, type HttpClient, NoAnswerError } from '../load/http-client.ts';
import { digestOf } from '../load/seeded-blob.ts';
import { IMAGE_TYPE, INDEX_TYPE } from '../load/seeded-manifest.ts';
import type { Findings } from './findings.ts';

export interface ReadManifest {
  readonly digest: string;
  readonly blobs: readonly string[];
  readonly manifests: readonly string[];
}

/**
 * Reads from a server in which nothing changes: each thing once, and whatever is read is held against its digest. Blobs that
 * several repositories hold are read in whole in one of them, and asked for in the others.
 */
export class CheckedReads {
  readonly #client: HttpClient;
  readonly #findings: Findings;
  readonly #blobs = new Map<string, Promise<boolean>>();
  readonly #readDigests = new Set<string>();
  readonly #manifests = new Map<string, Promise<ReadManifest | undefined>>();

  constructor(client: HttpClient, findings: Findings) {
    this.#client = client;
    this.#findings = findings;
  }

  /** Whether the repository has the blob. */
  hasBlob(repository: string, digest: string): Promise<boolean> {
    const path = `/v2/${repository}/blobs/${digest}`;
    return once(this.#blobs, path, () => this.#readBlob(path, digest));
  }

  /** The manifest and everything that it lists, read in whole; undefined where there is none. */
  findManifest(repository: string, reference: string): Promise<ReadManifest | undefined> {
    const path = `/v2/${repository}/manifests/${reference}`;
    return once(this.#manifests, path, () => this.#readManifest(repository, path, reference));
  }

  async #readBlob(path: string, digest: string): Promise<boolean> {
    const head = await this.#ask('HEAD', path);
    if (head.status === 200 && this.#readDigests.has(digest)) return true;
    this.#readDigests.add(digest);
    const get = await this.#ask('GET', path);
    if (head.status !== get.status) this.#findings.unreadable.push(`${path}: HEAD ${head.status}, GET ${get.status}`);
    if (get.status === 404) return false;
    if (get.status !== 200) {
      this.#findings.unreadable.push(`${path}: ${describeAnswer(get)}`);
      return false;
    }
    const actual = digestOf(get.body);
    if (actual !== digest)
      this.#findings.wrongDigests.push(`${path}: ${get.body.length} bytes with the digest ${actual}`);
    return true;
  }

  async #readManifest(repository: string, path: string, reference: string): Promise<ReadManifest | undefined> {
    const answer = await this.#ask('GET', path);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) {
      this.#findings.unreadable.push(`${path}: ${describeAnswer(answer)}`);
      return undefined;
    }
    const digest = digestOf(answer.body);
    const said = answer.headers['docker-content-digest'];
    if (digest !== said || (reference.includes(':') && digest !== reference)) {
      this.#findings.wrongDigests.push(`${path}: bytes with the digest ${digest}, said to be ${said}`);
      return undefined;
    }
    const manifest = { digest, ...listDigests(answer.body) };
    await this.#readListed(repository, path, manifest);
    return manifest;
  }

  async #readListed(repository: string, path: string, { blobs, manifests }: ReadManifest): Promise<void> {
    for (const blob of blobs) {
      if (!(await this.hasBlob(repository, blob))) this.#findings.lost.push(`${path}: its blob ${blob} is not there`);
    }
    for (const child of manifests) {
      if ((await this.findManifest(repository, child)) === undefined) {
        this.#findings.lost.push(`${path}: its manifest ${child} is not there`);
      }
    }
  }

  /** A connection that is cut is how a server says that it cannot go on: it counts as the answer 0. */
  async #ask(method: string, path: string): Promise<Answer> {
    this.#findings.requestCount += 1;
    try {
      return await this.#client.ask(method, path, { headers: { Accept: `${IMAGE_TYPE}, ${INDEX_TYPE}` } });
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      return { status: 0, headers: {}, body: Buffer.from(error.message) };
    }
  }
}

function once<Result>(known: Map<string, Promise<Result>>, key: string, make: () => Promise<Result>): Promise<Result> {
  const existing = known.get(key);
  if (existing !== undefined) return existing;
  const made = make();
  known.set(key, made);
  return made;
}

interface Listing {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
}

function listDigests(bytes: Buffer): Pick<ReadManifest, 'blobs' | 'manifests'> {
  const { config, layers = [], manifests = [] } = JSON.parse(bytes.toString('utf8')) as Listing;
  return {
    blobs: [...(config === undefined ? [] : [config]), ...layers].map(({ digest }) => digest),
    manifests: manifests.map(({ digest }) => digest),
  };
}
