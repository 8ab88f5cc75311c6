import { mkdtemp, rm } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import pino from 'pino';
import { type Config, readConfig } from '../../../src/config/config.ts';
import { readEnv } from '../../../src/config/env.ts';
import { type RunningServer, startServer } from '../../../src/server.ts';
import { findFreePort } from '../../support/find-free-port.ts';
import { type BlobMedium, createBlobMedium, type WantedMedium } from './blob-medium.ts';
import { createPlainUser } from './create-plain-user.ts';
import { createEngineDatabase, type Engine } from './engines.ts';
import { closeClientConnections } from './http-client.ts';
import { type Credentials, RegistryClient } from './registry-client.ts';
import { openStore, type Store } from './registry-store.ts';

export const ADMIN: Credentials = { username: 'admin', password: 'Correct-horse-9-battery' };

/** The real application in this process, on data of its own, with a look into its store. */
export interface OpenRegistry {
  readonly config: Config;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly server: RunningServer;
  readonly admin: RegistryClient;
  readonly anonymous: RegistryClient;
  /** Rows and objects of the instance `main`, past the application. */
  readonly store: Store;
  readonly medium: BlobMedium;
  /** The Authorization header of the administrator. */
  readonly authorization: string;
  /** What it has logged so far, a line each. */
  readonly logLines: readonly string[];
  clientOf(credentials: Credentials, headers?: OutgoingHttpHeaders): RegistryClient;
  /** A user without any right of its own. */
  createUser(name: string): Promise<RegistryClient>;
  /** A client with a registry token for these scopes of the administrator. */
  clientWithScopes(...scopes: readonly string[]): Promise<RegistryClient>;
  /** Stops the server, keeps the data, and starts again on the same port. */
  restart(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Starts another node on the same database, blobs and master key, with a data folder of its own. */
  openNode(env?: Readonly<Record<string, string>>): Promise<OpenNode>;
  /** Stops what runs and removes the data. */
  close(): Promise<void>;
}

/** One more server of a registry. */
export interface OpenNode {
  readonly url: string;
  readonly admin: RegistryClient;
  stop(): Promise<void>;
}

export interface OpenRegistryOptions {
  readonly engine?: Engine;
  readonly env?: Readonly<Record<string, string>>;
  readonly blobs?: WantedMedium;
}

export async function openRegistry(options: OpenRegistryOptions = {}): Promise<OpenRegistry> {
  const { engine = 'sqlite', env = {} } = options;
  await using opening = new AsyncDisposableStack();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'roadstead-integration-'));
  opening.defer(() => rm(dataDir, { recursive: true, force: true }));
  const database = engine === 'postgres' ? await createEngineDatabase() : undefined;
  if (database !== undefined) opening.defer(() => database.drop());
  const medium = await createBlobMedium(dataDir, options.blobs);
  opening.defer(() => medium.remove());
  const logLines: string[] = [];
  const common = {
    ROADSTEAD_DATA: dataDir,
    ROADSTEAD_ADMIN_PASSWORD: ADMIN.password,
    ROADSTEAD_METRICS_LISTEN: '',
    ...(database === undefined ? {} : { ROADSTEAD_DATABASE_URL: database.url }),
    ...medium.env,
    ...env,
  };
  const run = (port: number, more: Readonly<Record<string, string>> = {}) =>
    start({ ROADSTEAD_LISTEN: `127.0.0.1:${port}`, ...common, ...more }, logLines);
  const port = await findFreePort();
  let running = await run(port);
  opening.defer(async () => {
    await running.server.stop();
    closeClientConnections();
  });
  const { url } = running.server;
  const { config } = running;
  const store = await openStore(config, 'main', medium);
  opening.defer(() => store.close());
  const resources = opening.move();
  const admin = RegistryClient.withBasic(url, ADMIN);
  return {
    config,
    url,
    get server() {
      return running.server;
    },
    admin,
    anonymous: new RegistryClient(url),
    store,
    medium,
    authorization: `Basic ${Buffer.from(`${ADMIN.username}:${ADMIN.password}`).toString('base64')}`,
    logLines,
    clientOf: (credentials, headers) => RegistryClient.withBasic(url, credentials, headers),
    createUser: async (name) => RegistryClient.withBasic(url, await createPlainUser(store, name)),
    clientWithScopes: async (...scopes) => {
      const token = await admin.fetchToken(scopes.map((scope) => `scope=${encodeURIComponent(scope)}`).join('&'));
      return new RegistryClient(url, { authorization: `Bearer ${token}` });
    },
    restart: async (more) => {
      await running.server.stop();
      running = await run(port, more);
    },
    openNode: async (more) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'roadstead-node-'));
      const env = { ROADSTEAD_DATA: folder, ROADSTEAD_MASTER_KEY_FILE: path.join(dataDir, 'master.key'), ...more };
      const node = await run(await findFreePort(), env);
      return {
        url: node.server.url,
        admin: RegistryClient.withBasic(node.server.url, ADMIN),
        stop: async () => {
          await node.server.stop();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
    close: () => resources.disposeAsync(),
  };
}

async function start(
  env: Readonly<Record<string, string>>,
  logLines: string[],
): Promise<{ readonly server: RunningServer; readonly config: Config }> {
  const config = readConfig({ env: readEnv(env) });
  const logger = pino({ level: config.logLevel }, collectLines(logLines));
  const server = await startServer({
    config,
    logger,
    firstPassword: () => config.adminPassword ?? ADMIN.password,
    onFatal: (error) => console.error(error),
  });
  return { server, config };
}

function collectLines(lines: string[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk).trimEnd());
      done();
    },
  });
}
