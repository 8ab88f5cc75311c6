import { readFile } from 'node:fs/promises';
import { type ImageReference, OciError, parseImageReference } from '@roadstead/oci';
import { usageError } from './cli-error.ts';
import type { SavedServer } from './contexts/context-file.ts';
import { type ContextStore, createContextStore } from './contexts/context-store.ts';
import type { GlobalOptions } from './global-options.ts';
import { createPrinter, type Printer } from './printer.ts';
import { type Credentials, createCredentials } from './registry/credentials.ts';
import { createHttpTransport, type HttpTransport } from './registry/http-transport.ts';
import { createRegistryConnection, type RegistryConnection } from './registry/registry-connection.ts';
import { isLoopback, parseServerAddress, type ServerAddress } from './registry/server-address.ts';
import type { Runtime } from './runtime.ts';
import { createProgressBar, type Progress, SILENT_PROGRESS } from './terminal/progress-bar.ts';
import { askOnTerminal, readPasswordFromStdin } from './terminal/read-password.ts';
import { readVersion } from './version.ts';

export interface SessionOptions {
  /** Gives up early instead of repeating: for completion. */
  readonly transport?: { readonly maxAttempts: number; readonly timeoutMs: number };
}

/** What one run of a command works with: its flags, the saved logins, and connections made from both. */
export class Session {
  readonly runtime: Runtime;
  readonly options: GlobalOptions;
  readonly store: ContextStore;
  readonly printer: Printer;
  readonly #transport: HttpTransport;
  readonly #findFlagCredentials: (host: string) => Promise<Credentials | undefined>;
  readonly #connections = new Map<string, Promise<RegistryConnection>>();
  readonly #trustedFiles = new Set<string>();
  #trustsSystem = false;

  constructor(runtime: Runtime, options: GlobalOptions, extra: SessionOptions = {}) {
    this.runtime = runtime;
    this.options = options;
    this.store = createContextStore(runtime);
    this.printer = createPrinter(runtime, { json: options.json ?? false, quiet: options.quiet ?? false });
    const { fetch, sleepMs, nowMs, random } = runtime;
    const userAgent = `roadstead-cli/${readVersion()}`;
    this.#transport = createHttpTransport({ fetch, sleepMs, nowMs, random, userAgent, ...extra.transport });
    this.#findFlagCredentials = createFlagCredentials(runtime, options);
    if (!options.insecure) return;
    this.printer.warn(
      'TLS certificates are not verified (--insecure): anybody on the way can read and change what is sent',
    );
    runtime.tls.trustAnything();
  }

  /** Reads `[host[:port]/]project/repository[:tag][@digest]`; without a host it is on the current server. */
  async parseReference(text: string): Promise<ImageReference> {
    const defaultRegistry = namesServer(text) ? undefined : hostOf(await this.#getCurrentServer());
    return parseReferenceText(text, defaultRegistry);
  }

  /** The address of a host that the user wrote, or of the current server. */
  async findAddress(
    host?: string,
  ): Promise<{ readonly address: ServerAddress; readonly saved: SavedServer | undefined }> {
    const { options } = this;
    const text = host ?? (await this.#getCurrentServer());
    const name = hostOf(text);
    const saved = await this.store.findServer(name);
    // The scheme that --server states also holds for references that name the same host.
    const spelled = options.server !== undefined && hostOf(options.server) === name ? options.server : text;
    const asksForTls = options.caCert !== undefined || options.insecure;
    const assumed = saved?.scheme ?? (asksForTls && isLoopback(name) ? 'https' : undefined);
    const scheme = options.plainHttp ? 'http' : assumed;
    const plainHttp = options.plainHttp || saved?.scheme === 'http';
    return { address: parseServerAddress(spelled, { plainHttp, scheme }), saved };
  }

  /** Connects as the user of the flags or of the saved login; the same host gives the same connection. */
  async connect(host?: string): Promise<RegistryConnection> {
    const name = hostOf(host ?? (await this.#getCurrentServer()));
    const connection = this.#connections.get(name) ?? this.#open(host);
    this.#connections.set(name, connection);
    return connection;
  }

  /** Connects as somebody else, e.g. to try a login. */
  connectAs(
    server: ServerAddress,
    credentials: Credentials | undefined,
    trustedRealms: readonly string[],
  ): RegistryConnection {
    return createRegistryConnection({
      server,
      credentials,
      trustedRealms: [...trustedRealms, ...(this.options.trustRealm ?? [])],
      transport: this.#transport,
      nowMs: this.runtime.nowMs,
    });
  }

  /** Before a connection to `address`: trusts the authorities of the system, of --ca-cert and of `savedFile`. */
  async prepareTls(address: ServerAddress, savedFile: string | undefined): Promise<void> {
    if (!address.origin.startsWith('https:')) return;
    if (!this.#trustsSystem) this.runtime.tls.addSystemCertificates();
    this.#trustsSystem = true;
    await this.#trustCertificates(this.options.caCert);
    await this.#trustCertificates(savedFile);
  }

  /** A bar on a terminal; nothing with `--json`, `--quiet` or when stderr is no terminal. */
  openProgress(label: string): Progress {
    const { runtime, printer } = this;
    const isShown = runtime.stderr.isTTY && !printer.json && !printer.quiet;
    return isShown ? createProgressBar(label, runtime.stderr, runtime.nowMs) : SILENT_PROGRESS;
  }

  async #open(host: string | undefined): Promise<RegistryConnection> {
    const { address, saved } = await this.findAddress(host);
    await this.prepareTls(address, saved?.caCert);
    const flagged = await this.#findFlagCredentials(address.host);
    const { username, secret } = saved ?? {};
    const fromLogin = username !== undefined && secret !== undefined ? createCredentials(username, secret) : undefined;
    return this.connectAs(address, flagged ?? fromLogin, saved?.trustedRealms ?? []);
  }

  async #getCurrentServer(): Promise<string> {
    const server = this.options.server ?? (await this.store.read()).current;
    if (server !== undefined) return server;
    throw usageError(
      'no server is named',
      'put it in front of the reference (host:port/project/repository), give --server, or `roadstead login` first',
    );
  }

  async #trustCertificates(file: string | undefined): Promise<void> {
    if (file === undefined || this.#trustedFiles.has(file)) return;
    this.#trustedFiles.add(file);
    const pem = await readFile(file, 'utf8').catch((error: Error) => {
      throw usageError(`the certificate file cannot be read: ${error.message}`);
    });
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw usageError(`${file} holds no PEM certificate`);
    this.runtime.tls.addTrustedCertificates(pem);
  }
}

/** `--username` is for one server only: that of `--server`, else the first one that the command speaks to. */
function createFlagCredentials(runtime: Runtime, options: GlobalOptions) {
  let owner = options.server === undefined ? undefined : hostOf(options.server);
  let credentials: Promise<Credentials> | undefined;
  const { username } = options;
  if (options.passwordStdin && username === undefined) throw usageError('--password-stdin needs --username');

  async function read(name: string): Promise<Credentials> {
    if (options.passwordStdin) return createCredentials(name, await readPasswordFromStdin(runtime));
    if (!runtime.stdin.isTTY) throw usageError('--username needs a password', 'add --password-stdin');
    return createCredentials(name, await askOnTerminal(runtime, `Password of ${name}: `, { hidden: true }));
  }

  return async (host: string): Promise<Credentials | undefined> => {
    if (username === undefined) return undefined;
    owner ??= host;
    if (owner !== host) return undefined;
    credentials ??= read(username);
    return credentials;
  };
}

function hostOf(server: string): string {
  return parseServerAddress(server, { plainHttp: true }).host;
}

/** As docker decides it: a first segment with a dot or a colon, or `localhost`, is a server. */
function namesServer(text: string): boolean {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  return first === 'localhost' || /[.:]/.test(first);
}

function parseReferenceText(text: string, defaultRegistry: string | undefined): ImageReference {
  // It is not shown: what stands before the @ of a host may be a password.
  if (/@.*\//s.test(text)) {
    throw usageError(
      'a reference is written without a user name and a password',
      'use --username and --password-stdin',
    );
  }
  try {
    const reference = parseImageReference(text, defaultRegistry === undefined ? {} : { defaultRegistry });
    return { ...reference, registry: reference.registry.toLowerCase() };
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    throw usageError(
      `${JSON.stringify(text)} is not a reference: ${error.message}`,
      'write project/repository:tag or project/repository@sha256:…',
    );
  }
}
