import { randomBytes } from 'node:crypto';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findFreePort } from '../support/find-free-port.ts';
import { createEngineDatabase, ENGINES } from './support/engines.ts';
import { MovedRegistry } from './support/moved-registry.ts';
import type { RegistryClient } from './support/registry-client.ts';

const LANES = 4;

describe.each(ENGINES)('keys of a registry that is in use on %s', (engine) => {
  let registry: MovedRegistry;
  let database: Awaited<ReturnType<typeof createEngineDatabase>> | undefined;

  beforeEach(async () => {
    database = engine === 'postgres' ? await createEngineDatabase() : undefined;
    registry = await MovedRegistry.create({
      ROADSTEAD_RECOVERY_INTERVAL: '1s',
      ...(database !== undefined && { ROADSTEAD_DATABASE_URL: database.url }),
    });
  });
  afterEach(async () => {
    await registry[Symbol.asyncDispose]();
    await database?.drop();
  });

  const writeKey = async (name: string) => {
    const file = path.join(registry.dataDir, name);
    await writeFile(file, randomBytes(32).toString('hex'), { mode: 0o600 });
    return file;
  };

  /** Asks for tokens, and pulls and pushes with them, until it is stopped. @returns what failed */
  function startLoad(
    client: RegistryClient,
  ): () => Promise<{ readonly asked: number; readonly failed: readonly string[] }> {
    let isOver = false;
    let asked = 0;
    const failed: string[] = [];
    const work = async () => {
      for (; !isOver; asked += 1) {
        try {
          const token = await client.fetchToken('scope=repository:team/app:pull');
          const bearer = client.with({ authorization: `Bearer ${token}` });
          const answer = await bearer.get('/v2/team/app/manifests/v1');
          if (answer.status !== 200) failed.push(`pull: ${answer.status} ${answer.text}`);
        } catch (error) {
          failed.push(String(error));
        }
      }
    };
    const lanes = Array.from({ length: LANES }, work);
    return async () => {
      isOver = true;
      await Promise.all(lanes);
      return { asked, failed };
    };
  }

  it('change under load: the one that signs, the one that seals, and the master key; no request fails', async () => {
    const first = await writeKey('first.key');
    const second = await writeKey('second.key');
    const { env } = registry;
    registry.env = { ...env, ROADSTEAD_MASTER_KEY_FILE: first };
    const client = await registry.start();
    await client.createProject('team');
    await registry.push('v1');
    await registry.stop();
    registry.env = { ...env, ROADSTEAD_MASTER_KEY_FILE: second };
    const refused = await registry.run('admin', 'network-rules');
    expect([refused.code, refused.errors]).toEqual([2, expect.stringContaining('is not the one that sealed')]);
    registry.env = { ...env, ROADSTEAD_MASTER_KEY_FILE: second, ROADSTEAD_MASTER_KEY_PREVIOUS_FILE: first };
    const stop = startLoad(await registry.start());
    for (const option of [[], ['--instance-key'], ['--master']]) {
      const { code, errors } = await registry.run('admin', 'rotate-keys', ...option);
      expect([code, errors], option.join()).toEqual([0, '']);
    }
    expect((await registry.run('admin', 'rotate-keys', '--master', '--json')).output).toBe(
      '{"instances":1,"rewrapped":0}\n',
    );
    const { asked, failed } = await stop();
    expect(failed).toEqual([]);
    expect(asked).toBeGreaterThan(20);
    await registry.stop();
    registry.env = { ...env, ROADSTEAD_MASTER_KEY_FILE: second };
    await registry.start();
    expect(await registry.findWrong()).toEqual([]);
    await registry.stop();
    registry.env = { ...env, ROADSTEAD_MASTER_KEY_FILE: first };
    expect((await registry.run('admin', 'network-rules')).errors).toContain('is not the one that sealed');
  });

  it('are missed at the start, where an instance comes from before the change', async () => {
    // A copy of a file is the simplest backup.
    if (engine !== 'sqlite') return;
    const first = await writeKey('first.key');
    const second = await writeKey('second.key');
    const { env } = registry;
    registry.env = { ...env, ROADSTEAD_MASTER_KEY_FILE: first };
    await registry.start();
    await registry.stop();
    const file = path.join(registry.dataDir, 'instances/main/metadata.sqlite');
    await copyFile(file, `${file}.backup`);
    registry.env = { ...env, ROADSTEAD_MASTER_KEY_FILE: second, ROADSTEAD_MASTER_KEY_PREVIOUS_FILE: first };
    expect((await registry.run('admin', 'rotate-keys', '--master')).code).toBe(0);
    for (const suffix of ['-wal', '-shm']) await rm(`${file}${suffix}`, { force: true });
    await copyFile(`${file}.backup`, file);
    registry.env = {
      ...env,
      ROADSTEAD_MASTER_KEY_FILE: second,
      ROADSTEAD_LISTEN: `127.0.0.1:${await findFreePort()}`,
      ROADSTEAD_METRICS_LISTEN: '',
    };
    const { code, output, errors } = await registry.run('serve');
    expect(code).toBe(2);
    expect(output + errors).toMatch(
      /of the instance main does not open with this master key: bring back the master key/,
    );
    registry.env = { ...env, ROADSTEAD_MASTER_KEY_FILE: second, ROADSTEAD_MASTER_KEY_PREVIOUS_FILE: first };
    expect((await registry.run('admin', 'rotate-keys', '--master', '--json')).output).toBe(
      '{"instances":1,"rewrapped":1}\n',
    );
    await registry.start();
  });

  it('survive a rotation that is killed at any moment, and the next one ends it', async () => {
    const first = await writeKey('first.key');
    const second = await writeKey('second.key');
    const { env } = registry;
    registry.env = { ...env, ROADSTEAD_MASTER_KEY_FILE: first };
    await (await registry.start()).createProject('team');
    await registry.push('v1');
    await registry.stop();
    registry.env = { ...env, ROADSTEAD_MASTER_KEY_FILE: second, ROADSTEAD_MASTER_KEY_PREVIOUS_FILE: first };
    const client = await registry.start();
    for (const [option, afterMs] of [
      ['--instance-key', 2_500],
      ['--master', 1_000],
    ] as const) {
      const command = registry.startCommand('admin', 'rotate-keys', option);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      command.child.kill('SIGKILL');
      await command.ended;
      await client.fetchToken('scope=repository:team/app:pull');
    }
    expect((await registry.run('admin', 'rotate-keys', '--instance-key')).code).toBe(0);
    expect((await registry.run('admin', 'rotate-keys', '--master')).code).toBe(0);
    await registry.stop();
    registry.env = { ...env, ROADSTEAD_MASTER_KEY_FILE: second };
    await registry.start();
    expect(await registry.findWrong()).toEqual([]);
    expect(await registry.client.fetchToken('scope=repository:team/app:pull')).toContain('.');
  });

  it('come back from the records of a lost database, whatever was rotated', async () => {
    const first = await writeKey('first.key');
    const second = await writeKey('second.key');
    const { env } = registry;
    registry.env = { ...env, ROADSTEAD_MASTER_KEY_FILE: first };
    await (await registry.start()).createProject('team');
    await registry.push('v1');
    await registry.stop();
    registry.env = { ...env, ROADSTEAD_MASTER_KEY_FILE: second, ROADSTEAD_MASTER_KEY_PREVIOUS_FILE: first };
    await registry.start();
    for (const option of ['--instance-key', '--master']) {
      expect((await registry.run('admin', 'rotate-keys', option)).code).toBe(0);
    }
    const token = await registry.client.fetchToken('scope=repository:team/app:pull');
    // A stop ships the rest.
    await registry.stop();
    registry.env = { ...env, ROADSTEAD_MASTER_KEY_FILE: second };
    if (engine === 'sqlite') {
      for (const suffix of ['', '-wal', '-shm']) {
        await rm(path.join(registry.dataDir, `instances/main/metadata.sqlite${suffix}`), { force: true });
      }
    } else {
      await database?.drop();
      database = await createEngineDatabase();
      registry.env = { ...registry.env, ROADSTEAD_DATABASE_URL: database.url };
    }
    const rebuilt = await registry.run('admin', 'rebuild', '--from-blobs', '--json');
    expect([rebuilt.code, rebuilt.errors.split('\n').at(-2) ?? '']).toEqual([0, expect.any(String)]);
    expect(JSON.parse(rebuilt.output)).toMatchObject({ rows: { unopened: [] } });
    await registry.start();
    expect(await registry.findWrong()).toEqual([]);
    // A token that was signed before, by a key that was sealed anew since.
    const bearer = registry.client.with({ authorization: `Bearer ${token}` });
    expect((await bearer.get('/v2/team/app/manifests/v1')).status).toBe(200);
  });
});
