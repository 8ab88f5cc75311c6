import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { RunningPostgres } from '../../support/start-postgres.ts';
import { type RunningRoadstead, startRoadstead } from '../../support/start-roadstead.ts';
import { RegistryClient } from '../content/registry-client.ts';
import { fetchAuthorization } from '../servers/fetch-token.ts';
import { PROJECT, type RunningServer } from '../servers/running-server.ts';

/** One of two registries that differ in how much they hold. */
export interface Twin {
  readonly name: 'small' | 'large';
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly running: RunningRoadstead;
  readonly server: RunningServer;
  readonly client: RegistryClient;
  close(): Promise<void>;
}

/** The collector works only when it is told to, and then takes what is there. */
const SETTINGS: Readonly<Record<string, string>> = {
  ROADSTEAD_PROCESSES: '1',
  ROADSTEAD_LOG_LEVEL: 'error',
  ROADSTEAD_COLLECTION_INTERVAL: '24h',
  ROADSTEAD_COLLECTION_CAP: '1024GiB',
};

/** A registry whose database is created. */
export async function createTwin(postgres: RunningPostgres, name: Twin['name'], workDir: string): Promise<Twin> {
  const dataDir = path.join(workDir, `${name}-${process.pid}`);
  mkdirSync(dataDir, { recursive: true });
  const twin = await openTwin(name, dataDir, await postgres.createDatabase(`size_${name}_${process.pid}`));
  await twin.running.createProject(PROJECT);
  return twin;
}

/** The same registry again, after it was closed. */
export function reopenTwin({ name, dataDir, databaseUrl }: Twin): Promise<Twin> {
  return openTwin(name, dataDir, databaseUrl);
}

async function openTwin(name: Twin['name'], dataDir: string, databaseUrl: string): Promise<Twin> {
  const running = await startRoadstead({ dataDir, env: { ...SETTINGS, ROADSTEAD_DATABASE_URL: databaseUrl } });
  const [host = '', port] = running.host.split(':');
  const server: RunningServer = {
    name,
    host,
    port: Number(port),
    pid: running.pid,
    authorize: (scope) => fetchAuthorization(running.url, running.admin, scope),
    stop: () => running.stop(),
  };
  const client = new RegistryClient(server);
  const close = async () => {
    client.close();
    await running.stop();
  };
  return { name, databaseUrl, dataDir, running, server, client, close };
}
