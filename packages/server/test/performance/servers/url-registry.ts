import { type Credentials, fetchAuthorization } from './fetch-token.ts';
import type { RunningServer, ServerFactory } from './running-server.ts';

export interface UrlRegistryOptions {
  readonly name: string;
  /** `http://HOST:PORT`; the load speaks no TLS. */
  readonly url: string;
  /** Its first process, where it runs on this machine: without it no CPU time and no memory is measured. */
  readonly pid: number | undefined;
  readonly credentials: Credentials | undefined;
}

/** Any registry that listens somewhere. Where it runs, and what it already holds, is its own business. */
export class UrlRegistryFactory implements ServerFactory {
  readonly name: string;
  readonly isFresh = false;
  readonly #options: UrlRegistryOptions;

  constructor(options: UrlRegistryOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async start(): Promise<RunningServer> {
    const { url, pid, credentials } = this.#options;
    const { hostname, port, origin } = new URL(url);
    return {
      name: this.name,
      host: hostname,
      port: Number(port || 80),
      pid,
      authorize: (scope) => fetchAuthorization(origin, credentials, scope),
      stop: async () => {},
    };
  }
}
