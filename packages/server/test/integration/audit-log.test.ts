import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { verifyLines } from '../in-process/test-audit-log.ts';
import { createBucket, createS3Client, deleteBucket } from '../support/create-bucket.ts';
import { ENGINES } from './support/engines.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { sampleImage } from './support/sample-content.ts';

const API = '/api/roadstead/v1/audit';
const FAST = { ROADSTEAD_AUDIT_INTERVAL: '100ms', ROADSTEAD_RECOVERY_INTERVAL: '100ms' };
const PATIENT = { timeout: 30_000, interval: 100 };
const S3 = inject('s3');

describe.each(ENGINES)('the audit log of a registry on %s', (engine) => {
  let registry: OpenRegistry;

  afterEach(() => registry?.close());

  const call = async (path: string, method = 'GET', body?: object) => {
    const response = await fetch(`${registry.url}${API}${path}`, {
      method,
      headers: { authorization: registry.authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.text();
  };
  const exported = async () => (await call('/export')).trimEnd().split('\n');

  it('has every change once, while many write and it is exported all the time', async () => {
    registry = await openRegistry({ engine, env: FAST });
    const { admin } = registry;
    await admin.createProject('team');
    let isOver = false;
    const reports = (async () => {
      const found = [];
      while (!isOver) found.push(verifyLines(await exported()));
      return found;
    })();
    const push = async (writer: number) => {
      for (let index = 0; index < 6; index += 1)
        await admin.pushImage(`team/app-${writer}`, `v${index}`, sampleImage());
    };
    try {
      await Promise.all(Array.from({ length: 6 }, (_, writer) => push(writer)));
    } finally {
      isOver = true;
    }
    for (const report of await reports) expect(report).toMatchObject({ isWhole: true, findings: [] });
    const { note } = JSON.parse(await call('/checkpoint', 'POST'));
    await registry.restart();
    const lines = await exported();
    expect(verifyLines(lines, { witnesses: [note] })).toMatchObject({ isWhole: true, witnessed: 1 });
    const logged = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'entry');
    const ids = (await registry.store.rows('journal')).map(({ id }) => Number(id));
    expect(logged.map(({ id }) => id).toSorted((left, right) => left - right)).toEqual(ids);
    expect(ids.length).toBeGreaterThan(100);
  });

  it.each(S3 === undefined ? [] : [S3])('puts its checkpoints into a bucket of somebody else', async (access) => {
    const env = { ...FAST, ROADSTEAD_EGRESS_ALLOW: '127.0.0.1/32' };
    registry = await openRegistry({ engine, env });
    const bucket = await createBucket(access);
    const client = createS3Client(access);
    const list = async () => (await client.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? [];
    try {
      const { endpoint, region, accessKeyId, secretAccessKey } = access;
      await call('/witnesses/vault', 'PUT', { kind: 's3', endpoint, region, bucket, accessKeyId, secretAccessKey });
      await registry.admin.createProject('team');
      await call('/checkpoint', 'POST');
      await expect.poll(async () => (await list()).length, PATIENT).toBeGreaterThan(0);
      const key = (await list()).at(-1)?.Key ?? '';
      expect(key).toMatch(/^roadstead\/main\/checkpoint-\d{15}\.txt$/);
      const note = await (
        await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      ).Body?.transformToString();
      expect(verifyLines(await exported(), { witnesses: [note ?? ''] })).toMatchObject({ isWhole: true, witnessed: 1 });
      expect(JSON.parse(await call('/witnesses'))).toMatchObject([{ name: 'vault', failures: 0, error: null }]);
    } finally {
      // What is on its way to the bucket arrives before the server has ended, and nothing after that.
      await registry.close();
      for (const { Key } of await list()) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
      client.destroy();
      await deleteBucket(access, bucket);
    }
  });
});
