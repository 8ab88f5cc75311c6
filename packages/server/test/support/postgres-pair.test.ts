import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPostgres } from './find-postgres.ts';
import { PostgresPair } from './postgres-pair.ts';
import { CleanUp } from './process/clean-up.ts';

describe.runIf(findPostgres() !== undefined)('a primary and its standby', () => {
  const cleanUp = new CleanUp();
  let pair: PostgresPair;

  beforeAll(async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'roadstead-pair-'));
    chmodSync(folder, 0o755);
    cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
    pair = await PostgresPair.start(path.join(folder, 'pair'), 'registry', cleanUp);
  }, 120_000);
  afterAll(async () => {
    await pair?.stop();
    cleanUp.run();
  });

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
