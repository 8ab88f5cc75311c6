import { createHash } from 'node:crypto';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { pullScope, pushScope, type RunningServer } from '../servers/running-server.ts';

const KEPT_BODY_BYTES = 16 * 1024 * 1024;
const TOKEN_REUSE_MS = 5 * 60_000;

export interface RegistryAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bodyBytes: number;
  readonly bodyDigest: string;
  /** The body, unless it is larger than 16 MiB. */
  readonly body: Buffer;
}

export interface RegistryRequest {
  readonly scope: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** What every client of images says that it understands; docker-registry answers 404 to those that do not. */
export const ACCEPT_MANIFESTS = 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json';

/** A plain client for what is not timed: seeding and checking. */
export class RegistryClient {
  readonly server: RunningServer;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #tokens = new Map<
    string,
    { readonly headers: Readonly<Record<string, string>>; readonly untilMs: number }
  >();

  constructor(server: RunningServer) {
    this.server = server;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** The headers for a scope, from one token as long as it is fresh. */
  async authorize(scope: string): Promise<Readonly<Record<string, string>>> {
    const known = this.#tokens.get(scope);
    if (known !== undefined && known.untilMs > performance.now()) return known.headers;
    const headers = await this.server.authorize(scope);
    this.#tokens.set(scope, { headers, untilMs: performance.now() + TOKEN_REUSE_MS });
    return headers;
  }

  async ask(method: string, path: string, { scope, headers, body }: RegistryRequest): Promise<RegistryAnswer> {
    const { host, port } = this.server;
    const length = body === undefined ? {} : { 'Content-Length': String(body.length) };
    const allHeaders = { Accept: ACCEPT_MANIFESTS, ...(await this.authorize(scope)), ...length, ...headers };
    return new Promise((resolve, reject) => {
      const sent = request({ agent: this.#agent, host, port, method, path, headers: allHeaders }, (response) => {
        const hash = createHash('sha256');
        const kept: Buffer[] = [];
        let bodyBytes = 0;
        response.on('data', (piece: Buffer) => {
          hash.update(piece);
          bodyBytes += piece.length;
          if (bodyBytes <= KEPT_BODY_BYTES) kept.push(piece);
        });
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers: answered } = response;
          const bodyDigest = `sha256:${hash.digest('hex')}`;
          resolve({ status, headers: answered, bodyBytes, bodyDigest, body: Buffer.concat(kept) });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /**
   * Sends a blob in one piece; returns its digest.
   * @throws Error when an answer is not 202 and 201
   */
  async pushBlob(repository: string, body: Buffer): Promise<string> {
    const digest = digestOf(body);
    const answer = await this.putBlob(repository, body, digest);
    assertAnswer(answer, 201, `PUT of a blob of ${repository}`);
    return digest;
  }

  /** The answer to an upload under a digest, right or wrong. */
  async putBlob(repository: string, body: Buffer, digest: string): Promise<RegistryAnswer> {
    const scope = pushScope(repository);
    const empty = { 'Content-Length': '0' };
    const begun = await this.ask('POST', `/v2/${repository}/blobs/uploads/`, { scope, headers: empty });
    assertAnswer(begun, 202, `POST of an upload to ${repository}`);
    const location = (begun.headers.location ?? '').replace(/^https?:\/\/[^/]+/, '');
    const path = `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`;
    return this.ask('PUT', path, { scope, headers: { 'Content-Type': 'application/octet-stream' }, body });
  }

  /** @throws Error when the answer is not 201 */
  async pushManifest(repository: string, reference: string, manifest: Manifest): Promise<void> {
    const answer = await this.ask('PUT', `/v2/${repository}/manifests/${reference}`, {
      scope: pushScope(repository),
      headers: { 'Content-Type': manifest.mediaType },
      body: manifest.bytes,
    });
    assertAnswer(answer, 201, `PUT of the manifest ${reference} of ${repository}`);
  }

  /** @throws Error when a blob or manifest does not come back byte for byte */
  async mustServe(path: string, repository: string, expected: { digest: string; sizeBytes: number }): Promise<void> {
    const answer = await this.ask('GET', path, { scope: pullScope(repository) });
    assertAnswer(answer, 200, `GET ${path}`);
    if (answer.bodyDigest !== expected.digest || answer.bodyBytes !== expected.sizeBytes) {
      throw new Error(
        `${this.server.name} sent other bytes for ${path}: ${answer.bodyBytes} bytes with ${answer.bodyDigest}`,
      );
    }
  }
}

export interface Manifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly digest: string;
}

/** @throws Error that names the request and shows what came instead */
export function assertAnswer(answer: RegistryAnswer, expected: number, what: string): void {
  if (answer.status === expected) return;
  const said = answer.body.toString('utf8').slice(0, 300);
  throw new Error(`${what} was answered with ${answer.status} instead of ${expected}: ${said}`);
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
