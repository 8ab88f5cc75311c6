import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { CONTROL_PLANE_MIGRATIONS } from '../../db/control-plane/migrations.ts';
import type { ControlPlaneSchema } from '../../db/control-plane/schema.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import type { Database } from '../../drivers/database/database.ts';
import { dropPostgresSchema, openPostgresDatabase } from '../../drivers/database/postgres/postgres-database.ts';
import { openSqliteDatabase } from '../../drivers/database/sqlite/sqlite-database.ts';
import { ConfigurationError } from '../../kernel/errors.ts';
import { assertMasterKeyFits, inspectMasterKey } from '../master-key-check.ts';
import { LONGEST_SLEEP_MS } from '../waking/longest-sleep.ts';
import { assignHosts } from './assign-hosts.ts';
import { destroyInstance } from './destroy-instance.ts';
import { locateInstance } from './instance-location.ts';
import { createInstanceRegistry, type InstanceRegistry } from './instance-registry.ts';

interface Opened {
  readonly database: Database<ControlPlaneSchema>;
  close(): Promise<void>;
}

async function openSqlite(): Promise<Opened> {
  const folder = await mkdtemp(path.join(tmpdir(), 'roadstead-registry-'));
  const database = await openSqliteDatabase<ControlPlaneSchema>(path.join(folder, 'control-plane.sqlite'));
  return { database, close: () => database.close().then(() => rm(folder, { recursive: true })) };
}

async function openPostgres(url: string): Promise<Opened> {
  const schema = `control_plane_${randomBytes(6).toString('hex')}`;
  const options = { url, schema, owner: 'user', maxConnections: 2, connectTimeoutMs: 5_000 } as const;
  const database = await openPostgresDatabase<ControlPlaneSchema>(options);
  return { database, close: () => database.close().then(() => dropPostgresSchema(options)) };
}

const postgresUrl = inject('postgresUrl');
const engines: readonly (readonly [string, () => Promise<Opened>])[] = [
  ['SQLite', openSqlite],
  ...(postgresUrl === undefined ? [] : [['PostgreSQL', () => openPostgres(postgresUrl)] as const]),
];

describe.each(engines)('the registry of instances on %s', (_name, open) => {
  let opened: Opened;
  let registry: InstanceRegistry;

  beforeEach(async () => {
    opened = await open();
    await migrateDatabase(opened.database, CONTROL_PLANE_MIGRATIONS);
    registry = createInstanceRegistry(opened.database, { now: () => 1_800_000_000_000 });
  });

  afterEach(() => opened.close());

  it('finds an instance by its hosts; the one that names the port wins', async () => {
    expect(await registry.hasInstances()).toBe(false);
    const one = await registry.createInstance({ id: 'one', hosts: ['One.Example.', 'LOCALHOST:09001'] });
    await registry.createInstance({ id: 'two', hosts: ['localhost'] });
    expect(one).toMatchObject({
      hosts: ['one.example', 'localhost:9001'],
      state: 'active',
      createdAt: 1_800_000_000_000,
    });
    expect(await registry.hasInstances()).toBe(true);
    const find = async (host: string) => (await registry.findInstanceByHost(host))?.id;
    expect(await find('ONE.example:443')).toBe('one');
    expect(await find('localhost:9001')).toBe('one');
    expect(await find('localhost:9002')).toBe('two');
    expect(await find('three.example')).toBeUndefined();
    expect(await find("'; drop table instances; --")).toBeUndefined();
    expect((await registry.findInstanceByPort(9001))?.id).toBe('one');
    for (const port of [900, 1, 9002, 443]) expect(await registry.findInstanceByPort(port)).toBeUndefined();
    await registry.createInstance({ id: 'three', hosts: ['b.example:9003', '[::9001]', 'b.example:9004'] });
    await registry.createInstance({ id: 'four', hosts: ['d.example:9004'] });
    expect((await registry.findInstanceByPort(9003))?.id).toBe('three');
    expect((await registry.findInstanceByPort(9001))?.id).toBe('one');
    // Nobody can tell which of two is meant.
    expect(await registry.findInstanceByPort(9004)).toBeUndefined();
    expect(await registry.listHosts()).toEqual([
      '[::9001]',
      'b.example:9003',
      'b.example:9004',
      'd.example:9004',
      'localhost',
      'localhost:9001',
      'one.example',
    ]);
  });

  it('refuses ids and hosts that are wrong or taken, and keeps nothing of a refused instance', async () => {
    await registry.createInstance({ id: 'one', hosts: ['one.example'] });
    for (const id of ['', 'One', '1a', 'a_b', '../a', 'a'.repeat(41), 'control-plane']) {
      await expect(registry.createInstance({ id, hosts: ['x.example'] })).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      });
    }
    for (const hosts of [[], ['http://x'], ['a b'], ['x:99999']]) {
      await expect(registry.createInstance({ id: 'two', hosts })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
    await expect(registry.createInstance({ id: 'one', hosts: ['x.example'] })).rejects.toThrow(
      'already an instance one',
    );
    const taken = registry.createInstance({ id: 'two', hosts: ['x.example', 'ONE.example'] });
    await expect(taken).rejects.toThrow('one.example belongs to the instance one');
    expect((await registry.listInstances()).items.map(({ id }) => id)).toEqual(['one']);
    expect(await registry.listHosts()).toEqual(['one.example']);
  });

  it('lists page by page in the order of ids', async () => {
    for (const id of ['c', 'a', 'b']) await registry.createInstance({ id, hosts: [`${id}.example`] });
    const first = await registry.listInstances({ limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(first.items[1]?.hosts).toEqual(['b.example']);
    const second = await registry.listInstances({ limit: 2, after: first.next ?? '' });
    expect(second.items.map(({ id }) => id)).toEqual(['c']);
    expect(second.next).toBeUndefined();
  });

  it('keeps the schema version, and wakes what is new only after the longest sleep', async () => {
    const created = await registry.createInstance({ id: 'one', hosts: ['one.example'] });
    await registry.recordSchemaVersion('one', '0002-identity');
    const nextDueAt = 1_800_000_000_000 + LONGEST_SLEEP_MS;
    expect(created).toMatchObject({ nextDueAt });
    expect(await registry.findInstance('one')).toMatchObject({ schemaVersion: '0002-identity', nextDueAt });
    await registry.recordSchemaVersion('main', '0002-identity');
  });

  it('marks an instance before its data go, and an interrupted end is finished by the next', async () => {
    await registry.createInstance({ id: 'one', hosts: ['one.example'] });
    const steps: string[] = [];
    let failures = 1;
    const step = (name: string) => async () => {
      if (name === 'blobs' && failures-- > 0) throw new Error('disk');
      steps.push(`${name} ${(await registry.findInstance('one'))?.state}`);
    };
    const data = { dropDatabase: step('database'), deleteBlobs: step('blobs'), destroyKeys: step('keys') };
    const destroy = () => destroyInstance('one', { registry, data, waitUntilClosed: step('closed') });
    await expect(destroy()).rejects.toThrow('disk');
    expect(await registry.findInstance('one')).toMatchObject({ state: 'destroying' });
    await destroy();
    expect(steps).toEqual(
      ['closed', 'database', 'closed', 'database', 'blobs', 'keys'].map((name) => `${name} destroying`),
    );
    expect(await registry.findInstance('one')).toBeUndefined();
    expect(await registry.listHosts()).toEqual([]);
    await expect(destroy()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('remembers which master key sealed it', async () => {
    const key = { bytes: Buffer.alloc(32, 1), file: '/k' };
    const other = { bytes: Buffer.alloc(32, 2), file: '/k' };
    expect(await inspectMasterKey(opened.database, key)).toBe('none-known');
    await assertMasterKeyFits(opened.database, key);
    await assertMasterKeyFits(opened.database, key);
    expect(await inspectMasterKey(opened.database, key)).toBe('same');
    expect(await inspectMasterKey(opened.database, other)).toBe('other');
    expect(await inspectMasterKey(opened.database, undefined)).toBe('other');
    await expect(assertMasterKeyFits(opened.database, other)).rejects.toThrow(ConfigurationError);
  });
});

describe('the hosts of a new instance', () => {
  it('lie below the instance domain', () => {
    const assignment = { instanceDomain: 'registry.example', instancePorts: undefined };
    expect(assignHosts('team', assignment, [])).toEqual(['team.registry.example']);
  });

  it('have the lowest port that nobody has', () => {
    const assignment = { instanceDomain: undefined, instancePorts: { first: 9001, last: 9002 } };
    expect(assignHosts('team', assignment, ['localhost:9001'])).toEqual(['127.0.0.1:9002', 'localhost:9002']);
    expect(() => assignHosts('team', assignment, ['localhost:9001', '127.0.0.1:9002'])).toThrow(/is taken: widen/);
    expect(() => assignHosts('team', { instanceDomain: undefined, instancePorts: undefined }, [])).toThrow(/--host/);
  });
});

describe('the place of an instance', () => {
  it('is a folder and a schema of its own', () => {
    expect(locateInstance('/data', 'my-team')).toEqual({
      folder: '/data/instances/my-team',
      sqliteFile: '/data/instances/my-team/metadata.sqlite',
      blobsFolder: '/data/instances/my-team/blobs',
      postgresSchema: 'roadstead_my_team',
    });
    expect(() => locateInstance('/data', '../..')).toThrow(/cannot be the id/);
  });
});
