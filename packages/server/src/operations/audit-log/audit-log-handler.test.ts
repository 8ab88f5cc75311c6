import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { splitNotes } from '@roadstead/archive';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  auditSecrets,
  createTestAuditLog,
  type TestAuditLog,
  verifyLines,
} from '../../../test/in-process/test-audit-log.ts';
import { ENGINES, openTestDatabase, type TestDatabase } from '../../../test/in-process/test-database.ts';
import { OPERATOR } from '../../../test/in-process/test-operations.ts';
import { RECOVERY_INSTANCE } from '../../../test/in-process/test-recovery.ts';
import { listenLocally } from '../../../test/support/listen-locally.ts';
import type { WritableInstanceDatabase } from '../../db/instance/instance-database.ts';
import type { RunningJob } from '../../jobs/job-handler.ts';
import { createJobs, type Jobs } from '../../jobs/jobs.ts';
import { createEgressGuard, type EgressGuard } from '../../kernel/egress-guard.ts';
import { systemIds } from '../../kernel/ids.ts';
import { AUDIT_LOG, CHECKPOINT_INTERVAL_MS } from './audit-log-handler.ts';
import { eraseAuditEntries } from './erase-entries.ts';
import { findNextAudit } from './find-next-audit.ts';
import { type AuditLogSettings, type OpenAuditLog, openAuditLog } from './open-audit-log.ts';
import { nameCheckpoint } from './witnesses/deliver-to-s3.ts';
import { placeOfWitness } from './witnesses/witness.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const DAY_MS = 24 * 3_600_000;
const CANARY = 'canary-5f2c';

describe.each(ENGINES)('the job of the audit log on %s', (engine) => {
  let test: TestDatabase;
  let database: WritableInstanceDatabase;
  let log: TestAuditLog;
  let jobs: Jobs;
  let folder: string;
  let file: string;
  let guard: EgressGuard;
  const seen: Seen[] = [];
  let status = 200;
  let url = '';
  let server: Server;
  const listen = () =>
    createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { method, url: target, headers } = request;
        seen.push({ method, url: target, headers, body: Buffer.concat(parts).toString() });
        response.writeHead(status).end(`<Error><Code>SlowDown</Code><Message>${CANARY}</Message></Error>`);
      });
    });

  beforeEach(async () => {
    test = await openTestDatabase(engine, { inMemory: true });
    ({ database } = test);
    log = createTestAuditLog(database);
    jobs = createJobs({ database, clock: log.clock });
    folder = await mkdtemp(path.join(tmpdir(), 'roadstead-witness-'));
    file = path.join(folder, 'checkpoints.txt');
    guard = createEgressGuard({ allow: ['127.0.0.1/32'] });
    seen.length = 0;
    status = 200;
    server = listen();
    url = `http://127.0.0.1:${await listenLocally(server)}`;
    await jobs.ensureRecurring({ name: AUDIT_LOG, kind: AUDIT_LOG, parameters: {}, repeatEveryMs: 10_000 });
  });
  afterEach(async () => {
    await guard?.close();
    await test?.close();
    await rm(folder, { recursive: true, force: true });
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const open = (settings: Partial<AuditLogSettings> = {}, ships = false): OpenAuditLog => {
    const own = { instanceId: RECOVERY_INSTANCE, secrets: auditSecrets(), egressGuard: guard, intervalMs: 10_000 };
    const { clock } = log;
    return openAuditLog({
      database,
      jobs,
      clock,
      ids: systemIds,
      ships,
      settings: { ...own, witnessFile: undefined, ...settings },
    });
  };

  /** One attempt that holds the lease. */
  async function run({ handler }: OpenAuditLog) {
    const held = { status: 'running', lease_owner: 'test', lease_until: Number.MAX_SAFE_INTEGER };
    const { id, lease_token: token } = await database.write((tx) =>
      tx.updateTable('jobs').set(held).returning(['id', 'lease_token']).executeTakeFirstOrThrow(),
    );
    const job: Pick<RunningJob, 'fence' | 'signal' | 'confirm' | 'log'> = {
      fence: { jobId: id, token },
      signal: new AbortController().signal,
      confirm: async () => undefined,
      log: () => undefined,
    };
    return handler.run(job as RunningJob);
  }
  const checkpointSizes = async () =>
    (await database.reader.selectFrom('audit_checkpoints').select('size').orderBy('size').execute()).map(
      ({ size }) => size,
    );
  const settle = () => database.write((tx) => tx.updateTable('jobs').set({ run_after: 0 }).execute());

  it('takes what is new into the log, and signs it once a minute at most', async () => {
    const opened = open();
    await log.append(5);
    expect(await run(opened)).toMatchObject({ status: 'success', result: { entries: 5 } });
    expect(await checkpointSizes()).toHaveLength(1);
    await log.append(5);
    log.clock.advance(CHECKPOINT_INTERVAL_MS - 1);
    await run(opened);
    expect(await checkpointSizes()).toHaveLength(1);
    log.clock.advance(1);
    await run(opened);
    // With the entry that tells of the key.
    expect((await checkpointSizes()).at(-1)).toBe(11);
    expect(await log.verify()).toMatchObject({ isWhole: true, signedSize: 11 });
  });

  it('knows when there is something to do, and that there is nothing', async () => {
    const opened = open();
    expect(await findNextAudit(database, jobs)).toBeUndefined();
    await log.append(1);
    await settle();
    expect(await findNextAudit(database, jobs)).toBe(0);
    await run(opened);
    await settle();
    // The entry that tells of the key.
    expect(await findNextAudit(database, jobs)).toBe(0);
    await run(opened);
    await settle();
    const signedAt = log.clock.now();
    expect(await findNextAudit(database, jobs)).toBe(signedAt + CHECKPOINT_INTERVAL_MS);
    log.clock.advance(CHECKPOINT_INTERVAL_MS);
    await run(opened);
    await settle();
    expect(await findNextAudit(database, jobs)).toBeUndefined();
    await opened.auditLog.setRetention(30, OPERATOR);
    await run(opened);
    log.clock.advance(CHECKPOINT_INTERVAL_MS);
    await run(opened);
    await settle();
    const oldest = await database.reader.selectFrom('journal').select('at').orderBy('id').executeTakeFirstOrThrow();
    expect(await findNextAudit(database, jobs)).toBe(oldest.at + 30 * DAY_MS + 1);
  });

  it('appends each checkpoint to the file of the operator', async () => {
    const opened = open({ witnessFile: file });
    for (let round = 0; round < 3; round += 1) {
      await log.append(4);
      await run(opened);
      log.clock.advance(CHECKPOINT_INTERVAL_MS);
    }
    await run(opened);
    const text = await readFile(file, 'utf8');
    expect(splitNotes(text)).toMatchObject({ otherLines: 0, notes: { length: 3 } });
    expect(await log.verify({ witnesses: [text] })).toMatchObject({ isWhole: true, witnessed: 3 });
    expect(await opened.auditLog.witnesses.list()).toMatchObject([{ name: 'file', failures: 0, error: undefined }]);
    await expect(opened.auditLog.witnesses.remove('file', OPERATOR)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('posts each checkpoint, waits longer after each failure, and goes on where it was', async () => {
    const opened = open();
    const secret = Buffer.from(JSON.stringify({ url: `${url}/in?token=${CANARY}`, authorization: `Bearer ${CANARY}` }));
    await database.write(async (tx) =>
      tx
        .insertInto('audit_witnesses')
        .values({
          name: 'hook',
          kind: 'webhook',
          settings: '{}',
          secret: await auditSecrets().seal(placeOfWitness('hook'), secret),
          created_at: 1,
          delivered_size: 0,
          failures: 0,
        })
        .execute(),
    );
    await log.append(2);
    status = 503;
    await run(opened);
    const failed = (await opened.auditLog.witnesses.list())[0];
    expect(failed).toMatchObject({ failures: 1, deliveredSize: 0, error: 'the webhook has answered 503' });
    expect(JSON.stringify(failed)).not.toContain(CANARY);
    await run(opened);
    expect(seen).toHaveLength(1);
    status = 204;
    log.clock.advance(CHECKPOINT_INTERVAL_MS);
    await run(opened);
    const sizes = await checkpointSizes();
    expect(seen.slice(1).map(({ headers }) => Number(headers['x-roadstead-audit-size']))).toEqual(sizes);
    expect(seen[1]).toMatchObject({ method: 'POST', url: `/in?token=${CANARY}` });
    expect(seen[1]?.headers.authorization).toBe(`Bearer ${CANARY}`);
    expect(await log.verify({ witnesses: seen.map(({ body }) => body) })).toMatchObject({ isWhole: true });
    expect((await opened.auditLog.witnesses.list())[0]).toMatchObject({
      failures: 0,
      error: undefined,
      deliveredSize: sizes.at(-1),
    });
  });

  it('puts each checkpoint into a bucket, and tells of a refusal only its code', async () => {
    const opened = open();
    await opened.auditLog.witnesses.put(
      'bucket',
      {
        kind: 's3',
        endpoint: url,
        region: 'eu',
        bucket: 'witness',
        prefix: 'a/',
        accessKeyId: 'AKID',
        secretAccessKey: CANARY,
      },
      OPERATOR,
    );
    await log.append(2);
    status = 503;
    await run(opened);
    const failed = (await opened.auditLog.witnesses.list())[0];
    expect(failed?.error).toBe('the bucket has answered 503 (SlowDown)');
    status = 200;
    log.clock.advance(CHECKPOINT_INTERVAL_MS);
    await run(opened);
    const sizes = await checkpointSizes();
    const origin = `roadstead/${RECOVERY_INSTANCE}`;
    expect(seen.slice(1).map((each) => each.url?.split('?')[0])).toEqual(
      sizes.map((size) => `/witness/${nameCheckpoint('a/', { origin, size })}`),
    );
    expect(seen.at(-1)).toMatchObject({ method: 'PUT' });
    expect(seen.at(-1)?.url).toContain('X-Amz-Signature=');
    expect(JSON.stringify(seen)).not.toContain(CANARY);
  });

  it('reaches no address that users may not reach', async () => {
    const strict = createEgressGuard({ allow: [] });
    try {
      const opened = open({ egressGuard: strict });
      await opened.auditLog.witnesses.put(
        'bucket',
        {
          kind: 's3',
          endpoint: url,
          region: 'eu',
          bucket: 'witness',
          prefix: '',
          accessKeyId: 'A',
          secretAccessKey: 'B',
        },
        OPERATOR,
      );
      await log.append(1);
      await run(opened);
      expect(seen).toEqual([]);
      expect((await opened.auditLog.witnesses.list())[0]?.error).toContain('cannot be reached from here');
    } finally {
      await strict.close();
    }
  });

  it('tells witnesses nothing that a rebuild would not bring back', async () => {
    const opened = open({ witnessFile: file }, true);
    await log.append(1);
    await run(opened);
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  it('makes stumps of what is older than is kept, once everybody has read it', async () => {
    const opened = open();
    const forwarding = { name: 'receiver', target: '{}', secret: null, version: 1, updated_at: 1 };
    await database.write((tx) =>
      tx
        .insertInto('audit_forwarding')
        .values({ ...forwarding, is_enabled: 1, last_id: 3 })
        .execute(),
    );
    await log.append(5);
    await opened.auditLog.setRetention(10, OPERATOR);
    await run(opened);
    log.clock.advance(11 * DAY_MS);
    await log.append(2);
    expect(await run(opened)).toMatchObject({ result: { erased: 3 } });
    await database.write((tx) => tx.updateTable('audit_forwarding').set({ last_id: 1_000 }).execute());
    // What tells of the setting and of the key is as old; what tells of erasures stays.
    expect(await run(opened)).toMatchObject({ result: { erased: 4 } });
    await run(opened);
    expect(await log.verify()).toMatchObject({ isWhole: true, erased: 7 });
  });

  it('exports an erasure with what tells of it, also one that comes in between', async () => {
    const { auditLog } = open();
    await log.append(600);
    const lines: string[] = [];
    let parts = 0;
    for await (const part of auditLog.export()) {
      lines.push(...part.trimEnd().split('\n'));
      parts += 1;
      if (parts === 2) await database.execute(eraseAuditEntries, { ids: [5, 590], reason: 'person', now: 1 });
    }
    const report = verifyLines(lines);
    expect(report).toMatchObject({ isWhole: true, erased: 1 });
    expect(report.signedSize).toBe(report.size);
  });
});
