import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTcpFaultProxy } from '../../../../test/support/fault-proxy/tcp-fault-proxy.ts';
import { findPostgres } from '../../../../test/support/find-postgres.ts';
import { type OpenPostgresPair, openPostgresPair } from '../../../../test/support/open-postgres-pair.ts';
import type { PostgresPair } from '../../../../test/support/postgres-pair.ts';
import { DatabaseUnavailableError } from '../database.ts';
import { openPostgresDatabase } from './postgres-database.ts';

describe.runIf(findPostgres() !== undefined)('a database whose address leads to a standby', () => {
  let opened: OpenPostgresPair | undefined;
  let pair: PostgresPair;

  beforeAll(async () => {
    opened = await openPostgresPair('registry');
    pair = opened.pair;
  }, 120_000);
  afterAll(() => opened?.close());

  // What a standby answers may be no longer true: a tag that was moved, a manifest that was deleted.
  it('is neither read nor written, and both again when it leads to the primary', async () => {
    const addressOf = (port: number) => ({ host: '127.0.0.1', port });
    const proxy = await startTcpFaultProxy(addressOf(pair.primary.port));
    const database = await openPostgresDatabase({
      url: pair.urlAt(proxy),
      schema: 'registry',
      owner: 'role',
      maxConnections: 4,
      connectTimeoutMs: 10_000,
    });
    try {
      const look = () => sql`select 1`.execute(database.reader);
      await look();
      proxy.retarget(addressOf(pair.standby.port));
      // The first may still be told of the connection that ended.
      await look().catch(() => undefined);
      for (const _ of [1, 2, 3]) await expect(look()).rejects.toBeInstanceOf(DatabaseUnavailableError);
      await expect(database.checkHealth()).rejects.toBeInstanceOf(DatabaseUnavailableError);
      await expect(database.write((tx) => sql`select 1`.execute(tx))).rejects.toBeInstanceOf(DatabaseUnavailableError);
      proxy.retarget(addressOf(pair.primary.port));
      await look().catch(() => undefined);
      await look();
    } finally {
      await database.close();
      await proxy.close();
    }
  });
});
