import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { startTcpFaultProxy, type TcpFaultProxy } from '../../../../test/support/fault-proxy/tcp-fault-proxy.ts';
import { type Database, DatabaseUnavailableError } from '../database.ts';
import { dropPostgresSchema, openPostgresDatabase } from './postgres-database.ts';

const url = inject('postgresUrl') ?? '';

describe.runIf(url !== '')('connections to PostgreSQL that are lost', () => {
  let proxy: TcpFaultProxy;
  let database: Database<object>;
  const schema = `test_${randomUUID().replaceAll('-', '')}`;
  const options = { schema, owner: 'role', maxConnections: 4, connectTimeoutMs: 10_000 } as const;

  beforeEach(async () => {
    const server = new URL(url);
    proxy = await startTcpFaultProxy({ host: server.hostname, port: Number(server.port) });
    server.port = String(proxy.port);
    database = await openPostgresDatabase({ ...options, url: server.href });
  });
  afterEach(async () => {
    proxy.heal();
    await database.close();
    await proxy.close();
    await dropPostgresSchema({ ...options, url });
  });

  const look = (tx: Kysely<object>) => sql`select 1`.execute(tx);

  // The rollback after it failed as well, by an error that was taken for a fault of ours and answered by 500.
  it.each([
    ['within a transaction', async (tx: Kysely<object>) => void (await look(tx))],
    ['at its commit', async () => undefined],
  ])('are said to be just that: %s', async (_, after) => {
    const write = database.write(async (tx) => {
      await look(tx);
      proxy.impose({ kind: 'reset' });
      await new Promise((resolve) => setTimeout(resolve, 20));
      await after(tx);
    });
    await expect(write).rejects.toBeInstanceOf(DatabaseUnavailableError);
    proxy.heal();
    await database.write(look);
    expect((await look(database.reader)).rows).toHaveLength(1);
  });
});
