import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPostgres } from './find-postgres.ts';
import { type OpenPostgresPair, openPostgresPair } from './open-postgres-pair.ts';
import type { PostgresPair } from './postgres-pair.ts';

describe.runIf(findPostgres() !== undefined)('a primary and its standby', () => {
  let opened: OpenPostgresPair | undefined;
  let pair: PostgresPair;

  beforeAll(async () => {
    opened = await openPostgresPair('registry');
    pair = opened.pair;
  }, 120_000);
  afterAll(() => opened?.close());

  it('loses nothing that was acknowledged when the standby takes over, and takes writes at one place only', async () => {
    await pair.primary.query('create table kept (id int)', 'registry');
    await pair.primary.query('insert into kept values (1)', 'registry');
    await pair.failOver();
    await pair.primary.query('insert into kept values (2)', 'registry');
    expect(await pair.returnUnchanged(0)).toEqual({ nodeConnections: 0, hasAcknowledged: false });
    await pair.returnAsStandby();
    expect(await pair.findWritableStandby()).toBeUndefined();
    expect(await pair.primary.query('select id from kept order by id', 'registry')).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await pair.primary.query("select to_regclass('split_brain') as found", 'registry')).toEqual([
      { found: null },
    ]);
  }, 120_000);
});
