import assert from 'node:assert/strict';
import {
  type Algorithm,
  type Bytes,
  CONFIG_TYPE,
  type Descriptor,
  type Document,
  describe,
  digestOf,
  LAYER_TYPE,
  makeBytes,
  makeImage,
} from './content.ts';
import type { Answer, Question, RegistryClient } from './registry-client.ts';

/** One repository of the server under test, with the steps that most cases begin with. */
export class Repository {
  readonly client: RegistryClient;
  readonly name: string;

  constructor(client: RegistryClient, name: string) {
    this.client = client;
    this.name = name;
  }

  ask(method: string, path: string, question?: Question): Promise<Answer> {
    return this.client.ask(method, `/v2/${this.name}/${path}`, question);
  }

  async startUpload(query = ''): Promise<string> {
    const answer = await this.ask('POST', `blobs/uploads/${query}`);
    assert.equal(answer.status, 202, answer.body.toString());
    return locationOf(answer);
  }

  /** Uploads by POST and PUT. */
  async push(bytes: Bytes, algorithm: Algorithm = 'sha256'): Promise<string> {
    const digest = digestOf(bytes, algorithm);
    const location = await this.startUpload();
    const answer = await this.client.ask('PUT', withQuery(location, 'digest', digest), { body: bytes });
    assert.equal(answer.status, 201, answer.body.toString());
    return digest;
  }

  async pushLayer(algorithm: Algorithm = 'sha256'): Promise<Descriptor> {
    const bytes = makeBytes(600);
    await this.push(bytes, algorithm);
    return describe(bytes, LAYER_TYPE, algorithm);
  }

  async pushConfig(algorithm: Algorithm = 'sha256'): Promise<Descriptor> {
    const bytes = new Uint8Array(
      Buffer.from(
        JSON.stringify({
          architecture: 'amd64',
          os: 'linux',
          rootfs: { type: 'layers', diff_ids: [] },
          salt: digestOf(makeBytes(8)),
        }),
      ),
    );
    await this.push(bytes, algorithm);
    return describe(bytes, CONFIG_TYPE, algorithm);
  }

  put(reference: string, document: Document, question: Question = {}): Promise<Answer> {
    return this.ask('PUT', `manifests/${reference}`, {
      body: document.bytes,
      ...question,
      headers: { 'Content-Type': document.descriptor.mediaType, ...question.headers },
    });
  }

  /** Pushes a manifest that has to be accepted, by its digest unless a reference is given. */
  async mustPut(document: Document, reference = document.descriptor.digest): Promise<Answer> {
    const answer = await this.put(reference, document);
    assert.equal(answer.status, 201, answer.body.toString());
    return answer;
  }

  /** Pushes a config, a layer and an image of them. */
  async pushImage(options: { reference?: string; extra?: object; algorithm?: Algorithm } = {}): Promise<Document> {
    const config = await this.pushConfig(options.algorithm);
    const layer = await this.pushLayer(options.algorithm);
    const image = makeImage(config, [layer], options.extra, options.algorithm);
    await this.mustPut(image, options.reference);
    return image;
  }
}

export function locationOf(answer: Answer): string {
  const location = answer.headers.get('location');
  assert.ok(location, 'the answer has no Location');
  return location;
}

/** Adds a parameter to a Location, absolute or relative, and keeps those that the server put there. */
export function withQuery(location: string, name: string, value: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
}

/** The answer is an error of the specification's shape with this status, and one of these codes if any are given. */
export function assertRefused(answer: Answer, status: number, ...codes: readonly string[]): void {
  assert.equal(answer.status, status, answer.body.toString());
  const { errors } = answer.json() as { errors?: readonly { code?: string; message?: string }[] };
  const code = errors?.[0]?.code;
  assert.ok(code, `no error code in ${answer.body.toString()}`);
  if (codes.length > 0) assert.ok(codes.includes(code), `error code ${code}, expected ${codes.join(' or ')}`);
}
