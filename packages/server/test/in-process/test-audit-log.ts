import { type AuditReport, AuditVerifier, type AuditVerifierOptions } from '@roadstead/archive';
import type { WritableInstanceDatabase } from '../../src/db/instance/instance-database.ts';
import { appendJournal } from '../../src/journal/journal.ts';
import { systemIds } from '../../src/kernel/ids.ts';
import { AuditKeys } from '../../src/operations/audit-log/audit-keys.ts';
import { readLogSize } from '../../src/operations/audit-log/audit-tree.ts';
import { Checkpoints } from '../../src/operations/audit-log/checkpoints.ts';
import { exportAuditLines } from '../../src/operations/audit-log/export-lines.ts';
import { Sequencer } from '../../src/operations/audit-log/sequencer.ts';
import { createTestSecrets } from './test-envelope.ts';
import { createManualClock, type ManualClock } from './test-identity.ts';
import { OPERATOR } from './test-operations.ts';
import { RECOVERY_INSTANCE } from './test-recovery.ts';

/** The keys that the logs of tests are sealed with. */
export const auditSecrets = () => createTestSecrets(Buffer.alloc(32, 7), RECOVERY_INSTANCE);

/** The audit log of a database, without a job around it. */
export interface TestAuditLog {
  readonly clock: ManualClock;
  readonly sequencer: Sequencer;
  readonly checkpoints: Checkpoints;
  readonly keys: AuditKeys;
  /** Rows of the journal, each in a transaction of its own. */
  append(count: number, kind?: string): Promise<void>;
  /** Takes all rows into the log, and signs it. */
  seal(): Promise<void>;
  exportLines(): Promise<readonly string[]>;
  verify(options?: AuditVerifierOptions): Promise<AuditReport>;
}

export function createTestAuditLog(database: WritableInstanceDatabase): TestAuditLog {
  const clock = createManualClock();
  const deps = { instanceId: RECOVERY_INSTANCE, database, secrets: auditSecrets(), clock, ids: systemIds };
  const keys = new AuditKeys(deps);
  const sequencer = new Sequencer(deps);
  const checkpoints = new Checkpoints({ ...deps, keys });
  let count = 0;
  const append = async (rows: number, kind = 'tag.moved') => {
    for (let index = 0; index < rows; index += 1) {
      count += 1;
      const detail = { tag: `v${count}`, digest: `sha256:${count}` };
      const entry = { at: clock.now() + count, actor: OPERATOR, kind, projectId: 1, repository: 'acme/app', detail };
      await database.write((tx) => appendJournal(tx, entry));
    }
  };
  const exportLines = async () => {
    const { reader: db } = database;
    const known = (await keys.list()).map(({ key }) => key);
    const extend = async (size: number) => size;
    const input = { db, instanceId: RECOVERY_INSTANCE, keys: known, size: await readLogSize(db), now: clock.now() };
    const lines: string[] = [];
    for await (const part of exportAuditLines({ ...input, extend }))
      lines.push(...part.map((line) => JSON.stringify(line)));
    return lines;
  };
  return {
    clock,
    sequencer,
    checkpoints,
    keys,
    append,
    seal: async () => {
      await sequencer.run();
      await checkpoints.make();
      clock.advance(1_000);
    },
    exportLines,
    verify: async (options) => verifyLines(await exportLines(), options),
  };
}

export function verifyLines(lines: readonly string[], options?: AuditVerifierOptions): AuditReport {
  const verifier = new AuditVerifier(options);
  for (const line of lines) verifier.addLine(line);
  return verifier.finish();
}
