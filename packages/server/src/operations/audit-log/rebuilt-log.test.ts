import { parseVerifierKey } from '@roadstead/archive';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestAuditLog } from '../../../test/in-process/test-audit-log.ts';
import { openTestContent } from '../../../test/in-process/test-content.ts';
import { ENGINES, openTestDatabase } from '../../../test/in-process/test-database.ts';
import { claimShipping, rebuild } from '../../../test/in-process/test-recovery.ts';
import { createMemoryMedium, createMemoryStorage } from '../../drivers/blob-storage/memory/memory-storage.ts';
import { readLogSize } from './audit-tree.ts';
import { listCheckpoints } from './checkpoints.ts';
import { eraseAuditEntries } from './erase-entries.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

describe.each(ENGINES)('the audit log of a database on %s that was lost and rebuilt', (engine) => {
  it('is the same one, goes on, and satisfies its witnesses', async () => {
    const test = await openTestContent({ engine, inMemory: true });
    closers.push(() => test.close());
    const storage = createMemoryStorage(test.medium);
    const before = createTestAuditLog(test.database);
    for (const count of [30, 250, 7]) {
      await before.append(count);
      await before.seal();
    }
    await test.database.execute(eraseAuditEntries, { ids: [4, 5], reason: 'person', now: 1 });
    await before.seal();
    const shipping = { database: test.database, storage, clock: test.clock };
    const shipper = await claimShipping(shipping);
    await shipper.ship();
    await before.append(3);
    await before.seal();
    await shipper.ship();
    const notes = (await listCheckpoints(test.database.reader, 0, 100)).map(({ note }) => note);
    const key = parseVerifierKey((await before.keys.list())[0]?.key ?? '');

    const other = await openTestDatabase(engine, { inMemory: true });
    closers.push(() => other.close());
    const from = createMemoryStorage({ ...createMemoryMedium(), ...test.medium });
    await rebuild({ database: other.database, storage: from, clock: test.clock });
    const after = createTestAuditLog(other.database);
    const size = await readLogSize(test.database.reader);
    expect(await readLogSize(other.database.reader)).toBe(size);
    expect(await after.sequencer.run()).toBe(0);
    await after.append(5);
    await after.seal();
    expect(await readLogSize(other.database.reader)).toBe(size + 5);
    expect(await after.keys.list()).toHaveLength(1);
    const report = await after.verify({ keys: [key], witnesses: [notes.join('\n')] });
    expect(report).toMatchObject({ isWhole: true, erased: 2, witnessed: notes.length, findings: [] });
  });
});
