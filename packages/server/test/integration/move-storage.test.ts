import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openBlobStorage } from '../../src/blob-storages.ts';
import { readBlobs } from '../../src/config/read-blobs.ts';
import { createBucket, deleteBucket } from '../support/create-bucket.ts';
import { startS3FaultProxy } from '../support/fault-proxy/s3-fault-proxy.ts';
import { collect, collectBytes } from './support/collect.ts';
import { createEngineDatabase, ENGINES } from './support/engines.ts';
import { MovedRegistry } from './support/moved-registry.ts';
import { digestOf, freshBytes } from './support/sample-content.ts';

const access = inject('s3');
const LARGE_BYTES = 20 * 1024 ** 2 + 5;
const LONG_MS = 180_000;

describe.runIf(access !== undefined)('moving blobs to an object store and back', () => {
  if (access === undefined) return;
  let bucket: string;
  let prefixes = 0;

  beforeAll(async () => {
    bucket = await createBucket(access);
  }, 130_000);
  afterAll(async () => {
    for (let prefix = 1; prefix <= prefixes; prefix += 1) await (await openTarget(addressOf(prefix))).destroy();
    await deleteBucket(access, bucket);
  });

  function addressOf(prefix: number, endpoint = access?.endpoint, more = ''): string {
    const keys = `${access?.accessKeyId}:${access?.secretAccessKey}`;
    return `s3://${keys}@${bucket}/moved-${prefix}?endpoint=${endpoint}${more}`;
  }
  const freshAddress = (endpoint?: string, more?: string) => {
    prefixes += 1;
    return addressOf(prefixes, endpoint, more);
  };
  const openTarget = (address: string) => openBlobStorage({ dataDir: '/nowhere', blobs: readBlobs(address) }, 'main');
  const listTarget = async (address: string) => collect((await openTarget(address)).listObjectKeys());

  async function listFiles(registry: MovedRegistry): Promise<readonly string[]> {
    const folder = path.join(registry.dataDir, 'instances/main/blobs/blobs');
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  }

  async function openFilled(env: Readonly<Record<string, string>> = {}): Promise<MovedRegistry> {
    const registry = await MovedRegistry.create(env);
    const client = await registry.start();
    await client.createProject('team');
    await registry.push('first', freshBytes(LARGE_BYTES));
    await registry.push('second');
    return registry;
  }

  it.each(ENGINES)(
    'goes on while the server takes pushes and deletes, and ends with it stopped, on %s',
    async (engine) => {
      const database = engine === 'postgres' ? await createEngineDatabase() : undefined;
      const env = { ...(database && { ROADSTEAD_DATABASE_URL: database.url }) };
      await using registry = await openFilled(env);
      const address = freshAddress();
      const finish = engine === 'postgres' ? ['--finish'] : [];
      const dry = await registry.run('admin', 'move-storage', '--to', address, '--dry-run', '--json');
      expect(JSON.parse(dry.output), dry.errors).toMatchObject({
        state: 'dry-run',
        instances: [{ id: 'main', copied: 5, there: 0, total: { objects: 5 }, failures: [] }],
      });
      expect(await listTarget(address)).toEqual([]);

      const online = registry.startCommand('admin', 'move-storage', '--to', address, '--json', '--concurrency', '2');
      for (let turn = 0; turn < 8; turn += 1) {
        await registry.push(`new-${turn % 3}`);
        if (turn % 2 === 0) {
          const doomed = await registry.push('doomed');
          expect((await registry.client.delete(`/v2/team/app/manifests/${doomed.digest}`)).status).toBe(202);
          registry.pushed.delete('doomed');
        }
      }
      const copied = await online.ended;
      expect(copied.code, copied.errors).toBe(0);
      expect(JSON.parse(copied.output)).toMatchObject({ state: 'copied', instances: [{ failures: [] }] });
      await registry.push('late');
      expect(await registry.findWrong()).toEqual([]);
      if (engine === 'postgres') {
        const refused = await registry.run('admin', 'move-storage', '--to', address, '--finish');
        expect([refused.code, refused.errors]).toEqual([1, expect.stringContaining('stop every server')]);
      }
      const upload = await registry.client.startUpload('team/app');
      expect((await registry.client.patch(upload, freshBytes())).status).toBe(202);
      const files = await listFiles(registry);
      await registry.stop();

      const last = await registry.run('admin', 'move-storage', '--to', address, '--json', ...finish);
      expect(last.code, last.errors).toBe(0);
      const report = JSON.parse(last.output);
      expect(report).toMatchObject({ state: 'finished', instances: [{ openUploads: 1, failures: [] }] });
      expect(report.instances[0].copied).toBeGreaterThanOrEqual(1);
      expect(await listFiles(registry)).toEqual(files);

      await expect(registry.start()).rejects.toThrow(/the blobs were moved to s3:\/\/.*move-storage --undo/s);
      const formerEnv = registry.env;
      registry.env = { ...env, ROADSTEAD_BLOBS: address, ROADSTEAD_RECOVERY_INTERVAL: '300ms' };
      await registry.start();
      // What a lost database is rebuilt from begins anew where the blobs are now.
      const moved = await openTarget(address);
      const bases = async () => (await collect(moved.listRecords())).filter((name) => name.includes('base'));
      await expect.poll(async () => (await bases()).length, { timeout: 60_000 }).toBeGreaterThan(0);
      await moved.close();
      expect(await registry.findWrong()).toEqual([]);
      const lost = await registry.client.patch(new URL(upload, registry.client.url).pathname, freshBytes());
      expect([lost.status, lost.text]).toEqual([404, expect.stringContaining('BLOB_UPLOAD_UNKNOWN')]);
      await registry.push('there');
      await registry.stop();

      const back = await registry.run('admin', 'move-storage', '--to', 'data-folder', '--json', '--verify', ...finish);
      expect(back.code, back.errors).toBe(0);
      const returned = JSON.parse(back.output);
      expect(returned).toMatchObject({ state: 'finished', instances: [{ copied: 2, failures: [] }] });
      registry.env = formerEnv;
      const client = await registry.start();
      expect(await registry.findWrong()).toEqual([]);
      const told = await client.get('/api/roadstead/v1/audit/entries?kind=storage.moved');
      const actor = { key: 'system:admin move-storage' };
      expect(JSON.parse(told.text).items).toMatchObject([
        { actor, detail: { from: 'bucket', to: 'data folder' } },
        { actor, detail: { from: 'data folder', to: 'bucket' } },
      ]);
      await registry.stop();
      await database?.drop();
    },
    LONG_MS,
  );

  it(
    'goes on where it was killed, and trusts no more than what was finished',
    async () => {
      await using registry = await openFilled();
      for (let turn = 0; turn < 12; turn += 1) await registry.push(`tag-${turn}`, freshBytes(3_000_000));
      await using proxy = { ...(await startS3FaultProxy(access.endpoint)), [Symbol.asyncDispose]: () => proxy.close() };
      const address = freshAddress();
      const slow = addressOf(prefixes, proxy.endpoint);
      proxy.plan('put-part', { kind: 'latency', milliseconds: 60_000 }, 1_000);
      proxy.plan('put-object', { kind: 'latency', milliseconds: 200 }, 1_000);
      const running = registry.startCommand('admin', 'move-storage', '--to', slow);
      await expect.poll(async () => (await listTarget(address)).length, { timeout: 60_000 }).toBeGreaterThan(5);
      running.child.kill('SIGKILL');
      await running.ended;
      const before = await listTarget(address);
      const resumed = await registry.run('admin', 'move-storage', '--to', address, '--json');
      const [report] = JSON.parse(resumed.output).instances;
      expect(report).toMatchObject({ failures: [], total: { objects: 41 } });
      expect(report.copied + report.there).toBe(41);
      expect(report.there).toBeGreaterThanOrEqual(before.length);
      const target = await openTarget(address);
      for (const key of await collect(target.listObjectKeys())) {
        const bytes = await collectBytes(target.readObject(key, 0, (await target.findObjectSize(key)) ?? 0));
        expect(key).toContain(digestOf(bytes).split(':')[1]);
      }
      expect(await collect(target.listUploads())).toEqual([]);
      await target.close();
    },
    LONG_MS,
  );

  it(
    'lets no server start, and no second move run, while the last step does',
    async () => {
      await using registry = await openFilled();
      await registry.stop();
      await using proxy = { ...(await startS3FaultProxy(access.endpoint)), [Symbol.asyncDispose]: () => proxy.close() };
      const address = freshAddress();
      proxy.plan('put-part', { kind: 'latency', milliseconds: 60_000 }, 1_000);
      const running = registry.startCommand('admin', 'move-storage', '--to', addressOf(prefixes, proxy.endpoint));
      await expect.poll(async () => (await listTarget(address)).length, { timeout: 60_000 }).toBe(4);
      await expect(registry.start()).rejects.toThrow('another Roadstead server is running on');
      const second = await registry.run('admin', 'move-storage', '--to', address);
      expect([second.code, second.errors]).toEqual([1, expect.stringContaining('another move-storage runs')]);
      running.child.kill('SIGKILL');
      await running.ended;
      await registry.start();
      expect(await registry.findWrong()).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'names every copy that is damaged or missing, and copies none of them',
    async () => {
      await using registry = await openFilled();
      const image = await registry.push('bad');
      const [config, layer] = image.blobs.map((blob) => digestOf(blob));
      const files = await listFiles(registry);
      const fileOf = (digest = '') => files.find((file) => file.includes(digest.split(':')[1] ?? '?')) ?? '';
      const bytes = await readFile(fileOf(layer));
      bytes[5] = (bytes[5] ?? 0) ^ 1;
      await writeFile(fileOf(layer), bytes);
      await writeFile(fileOf(config), 'short');
      const address = freshAddress();
      const moved = await registry.run('admin', 'move-storage', '--to', address);
      expect(moved.code).toBe(1);
      expect(moved.output).toContain(`damaged: ${layer}`);
      expect(moved.output).toContain(`damaged: ${config}`);
      expect(moved.output).toContain('roadstead scrub');
      expect((await listTarget(address)).filter((key) => key.includes(String(layer).split(':')[1] ?? '?'))).toEqual([]);
      expect(await listTarget(address)).toHaveLength(5);
      await registry.stop();
      const stopped = await registry.run('admin', 'move-storage', '--to', address, '--json');
      expect([stopped.code, JSON.parse(stopped.output).state]).toEqual([1, 'copied']);
      await registry.start();
    },
    LONG_MS,
  );

  it(
    'finds with --verify what was changed in the target, and copies it again',
    async () => {
      await using registry = await openFilled();
      const address = freshAddress();
      expect((await registry.run('admin', 'move-storage', '--to', address)).code).toBe(0);
      const target = await openTarget(address);
      const [key = ''] = await listTarget(address);
      const size = (await target.findObjectSize(key)) ?? 0;
      await target.deleteObject(key);
      await target.putObject(key, [Buffer.alloc(size)]);
      const trusting = await registry.run('admin', 'move-storage', '--to', address, '--json');
      expect(JSON.parse(trusting.output).instances[0]).toMatchObject({ copied: 0, there: 5 });
      const verified = await registry.run('admin', 'move-storage', '--to', address, '--json', '--verify');
      expect(JSON.parse(verified.output).instances[0]).toMatchObject({ copied: 1, there: 4 });
      await target.deleteObject(key);
      await target.putObject(key, [Buffer.alloc(1)]);
      const measured = await registry.run('admin', 'move-storage', '--to', address, '--json');
      expect(JSON.parse(measured.output).instances[0]).toMatchObject({ copied: 1, there: 4 });
      await target.close();
    },
    LONG_MS,
  );

  it(
    'believes nothing that the target does not have, and says what failed',
    async () => {
      await using registry = await openFilled();
      await using proxy = { ...(await startS3FaultProxy(access.endpoint)), [Symbol.asyncDispose]: () => proxy.close() };
      const address = freshAddress();
      const faulty = addressOf(prefixes, proxy.endpoint, '&attempts=2');
      proxy.plan('put-part', { kind: 'lost-part' }, 1);
      const lying = await registry.run('admin', 'move-storage', '--to', faulty);
      expect([lying.code, lying.errors]).toEqual([1, expect.stringContaining('run the same command again')]);
      proxy.heal();
      proxy.plan('put-object', { kind: 'slow-down' }, 1_000);
      const down = await registry.run('admin', 'move-storage', '--to', faulty);
      expect(down.code).toBe(1);
      proxy.heal();
      const well = await registry.run('admin', 'move-storage', '--to', faulty, '--json');
      expect([well.code, JSON.parse(well.output).instances[0].failures]).toEqual([0, []]);
      expect(await listTarget(address)).toHaveLength(5);
    },
    LONG_MS,
  );

  it(
    'says in a sentence what is wrong with where it shall go',
    async () => {
      await using registry = await openFilled();
      const attempts = [
        [['--to', 'data-folder'], 2, /are in the data folder .* already/],
        [['--to', 'ftp://x'], 2, /--to must be/],
        [['--to', 's3://x'], 2, /--to must name a bucket/],
        [[], 2, /say where to/],
        [['--to-file', '/nowhere/at/all'], 2, /cannot be read/],
        [['--to', addressOf(99, 'http://127.0.0.1:1', '&attempts=1')], 1, /ECONNREFUSED/],
        [['--to', addressOf(99).replace(bucket, 'no-such-bucket')], 1, /there is no bucket no-such-bucket/],
        [['--to', '/proc/nowhere'], 1, /ENOENT|EACCES|cannot/],
        [['--to', addressOf(99), '--instance', 'typo'], 1, /no instance typo/],
        [['--to', addressOf(99), '--concurrency', '0'], 2, /--concurrency must be/],
      ] as const;
      for (const [argv, code, message] of attempts) {
        const result = await registry.run('admin', 'move-storage', ...argv);
        expect([argv, result.code, result.errors]).toEqual([argv, code, expect.stringMatching(message)]);
        expect(result.errors).not.toContain('    at ');
      }
    },
    LONG_MS,
  );
});
