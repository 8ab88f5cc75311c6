import type { OutgoingHttpHeaders } from 'node:http';
import { type Answer, type Body, readJson, type SendOptions, send } from './http-client.ts';
import { digestOf, type SampleManifest } from './sample-content.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Somebody who talks to one registry, with the same Authorization header each time. */
export class RegistryClient {
  readonly url: string;
  readonly #headers: OutgoingHttpHeaders;

  constructor(url: string, headers: OutgoingHttpHeaders = {}) {
    this.url = url;
    this.#headers = headers;
  }

  static withBasic(url: string, { username, password }: Credentials, headers: OutgoingHttpHeaders = {}) {
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    return new RegistryClient(url, { authorization, ...headers });
  }

  /** The same registry, with other headers added. */
  with(headers: OutgoingHttpHeaders): RegistryClient {
    return new RegistryClient(this.url, { ...this.#headers, ...headers });
  }

  send(path: string, options: SendOptions = {}): Promise<Answer> {
    const url = path.startsWith('http') ? path : `${this.url}${path}`;
    return send(url, { ...options, headers: { ...this.#headers, ...options.headers } });
  }

  get(path: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return this.send(path, { headers });
  }

  head(path: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return this.send(path, { method: 'HEAD', headers });
  }

  delete(path: string): Promise<Answer> {
    return this.send(path, { method: 'DELETE' });
  }

  post(path: string, body?: Body, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return this.send(path, { method: 'POST', body: body ?? '', headers });
  }

  patch(path: string, body: Body, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return this.send(path, { method: 'PATCH', body, headers });
  }

  put(path: string, body?: Body, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return this.send(path, { method: 'PUT', body: body ?? '', headers });
  }

  /** Begins an upload. @returns its address */
  async startUpload(repository: string, query = ''): Promise<string> {
    const answer = await this.post(`/v2/${repository}/blobs/uploads/${query}`);
    const location = answer.headers.location;
    if (answer.status !== 202 || location === undefined) throw new Error(`POST: ${answer.status} ${answer.text}`);
    return location;
  }

  /** Pushes a blob in one request. @returns its digest */
  async pushBlob(repository: string, bytes: Uint8Array): Promise<string> {
    const digest = digestOf(bytes);
    const answer = await this.post(`/v2/${repository}/blobs/uploads/?digest=${digest}`, bytes);
    if (answer.status !== 201) throw new Error(`pushing ${digest}: ${answer.status} ${answer.text}`);
    return digest;
  }

  putManifest(
    repository: string,
    reference: string,
    manifest: Pick<SampleManifest, 'bytes' | 'mediaType'>,
    headers: OutgoingHttpHeaders = {},
  ): Promise<Answer> {
    const type = { 'Content-Type': manifest.mediaType, ...headers };
    return this.put(`/v2/${repository}/manifests/${reference}`, manifest.bytes, type);
  }

  /** Pushes the blobs of an image, and its manifest. */
  async pushImage(repository: string, reference: string, image: SampleManifest): Promise<void> {
    for (const blob of image.blobs) await this.pushBlob(repository, blob);
    const answer = await this.putManifest(repository, reference, image);
    if (answer.status !== 201) throw new Error(`pushing ${repository}:${reference}: ${answer.status} ${answer.text}`);
  }

  /** @param query what stands behind the question mark, scopes included */
  async fetchToken(query: string): Promise<string> {
    const answer = await this.get(`/service/token?service=harbor-registry&${query}`);
    if (answer.status !== 200) throw new Error(`token: ${answer.status} ${answer.text}`);
    return readJson<{ token: string }>(answer).token;
  }

  async createProject(name: string, isPublic = false): Promise<void> {
    const body = JSON.stringify({ project_name: name, metadata: { public: String(isPublic) } });
    const answer = await this.post('/api/v2.0/projects', body, { 'Content-Type': 'application/json' });
    if (answer.status !== 201) throw new Error(`creating the project ${name}: ${answer.status} ${answer.text}`);
  }
}
