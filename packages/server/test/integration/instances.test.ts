import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locateInstance } from '../../src/control-plane/instances/instance-location.ts';
import { createPlainUser } from './support/create-plain-user.ts';
import { ENGINES } from './support/engines.ts';
import { errorCode, readJson } from './support/http-client.ts';
import { ADMIN, type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { RegistryClient } from './support/registry-client.ts';
import { openStore, type Store } from './support/registry-store.ts';
import { runAdmin } from './support/run-admin.ts';
import { digestOf, freshBytes, sampleImage } from './support/sample-content.ts';

/** How long a server may believe that it knows the instances; see the pool's recheck. */
const NOTICE = { timeout: 10_000, interval: 100 };

describe.each(ENGINES)('instances on %s', (engine) => {
  let registry: OpenRegistry;
  let one: RegistryClient;
  let two: RegistryClient;
  const stores: Store[] = [];

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    one = registry.clientOf(ADMIN, { host: 'one.test' });
    two = registry.clientOf(ADMIN, { host: 'Two.Test:9001' });
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
    await registry?.close();
  });

  async function storeOf(id: string): Promise<Store> {
    const store = await openStore(registry.config, id, registry.medium);
    stores.push(store);
    return store;
  }

  it('are one, `main`, for every host as long as nobody made another', async () => {
    for (const host of ['one.test', 'anything.example', '127.0.0.1', '[::1]:8080']) {
      expect((await registry.clientOf(ADMIN, { host }).get('/v2/')).status, host).toBe(200);
    }
    await registry.admin.createProject('team');
    expect((await one.get('/api/v2.0/projects/team')).status).toBe(200);
  });

  it('answer their own hosts once they are made, without a restart, and other hosts are a 404', async () => {
    for (const [id, host] of [
      ['one', 'one.test'],
      ['two', 'two.test:9001'],
    ] as const) {
      const created = await runAdmin(registry, 'instance', 'create', id, '--host', host, '--json');
      expect(created.exitCode, created.errors).toBe(0);
      expect(JSON.parse(created.output)).toMatchObject({ id, hosts: [host], state: 'active' });
    }
    await expect.poll(async () => (await registry.admin.get('/v2/')).status, NOTICE).toBe(404);
    await expect.poll(async () => (await one.get('/api/v2.0/projects/team')).status, NOTICE).toBe(404);
    expect((await one.get('/v2/')).status).toBe(200);
    expect((await two.get('/v2/')).status).toBe(200);
    for (const host of ['two.test', 'two.test:9002', 'one.test.evil.example', 'x']) {
      const answer = await registry.clientOf(ADMIN, { host }).get('/v2/');
      expect([answer.status, errorCode(answer)], host).toEqual([404, 'NAME_UNKNOWN']);
      expect((await registry.clientOf(ADMIN, { host }).get('/api/v2.0/projects')).status).toBe(404);
    }
    expect((await registry.anonymous.get('/healthz')).status).toBe(200);
    expect((await registry.anonymous.get('/readyz')).status).toBe(200);
  });

  it('name themselves in realms and links, and never a host that is not theirs', async () => {
    const answer = await registry.anonymous.with({ host: 'one.test' }).get('/v2/');
    expect(answer.headers['www-authenticate']).toContain('realm="http://one.test/service/token"');
    const other = await registry.anonymous.with({ host: 'one.test:8443' }).get('/v2/');
    expect(other.headers['www-authenticate']).toContain('realm="http://one.test:8443/service/token"');
  });

  it('have contents of their own: the same bytes are stored in each, and seen in one only', async () => {
    const image = sampleImage();
    for (const client of [one, two]) await client.createProject('shared');
    await one.pushImage('shared/app', 'v1', image);
    expect((await two.get('/v2/shared/app/manifests/v1')).status).toBe(404);
    for (const blob of image.blobs) {
      expect((await two.head(`/v2/shared/app/blobs/${digestOf(blob)}`)).status).toBe(404);
      const mount = await two.post(`/v2/shared/app/blobs/uploads/?mount=${digestOf(blob)}&from=shared/app`);
      expect(mount.status).toBe(202);
      expect((await two.delete(mount.headers.location ?? '')).status).toBe(204);
    }
    await two.pushImage('shared/app', 'v1', image);
    const [first, second] = [await storeOf('one'), await storeOf('two')];
    for (const blob of image.blobs) {
      const keys = await Promise.all(
        [first, second].map(async (store) => (await store.findBlobRow(digestOf(blob)))?.storage_key),
      );
      expect(keys[0]).not.toBe(keys[1]);
      expect((await first.readObject(keys[0] ?? '')).equals(blob)).toBe(true);
      expect((await second.readObject(keys[1] ?? '')).equals(blob)).toBe(true);
    }
    expect((await one.delete(`/v2/shared/app/manifests/${image.digest}`)).status).toBe(202);
    expect((await two.get('/v2/shared/app/manifests/v1')).body.equals(image.bytes)).toBe(true);
  });

  it('have uploads of their own: an address of one is unknown to the other', async () => {
    const location = await one.startUpload('shared/app');
    for (const answer of [
      await two.get(location),
      await two.patch(location, freshBytes()),
      await two.delete(location),
    ]) {
      expect([answer.status, errorCode(answer)]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
    }
    expect((await one.delete(location)).status).toBe(204);
  });

  it('have users and tokens of their own: what one issued means nothing to the other', async () => {
    const user = await createPlainUser(await storeOf('one'), 'only-in-one');
    expect((await registry.clientOf(user, { host: 'one.test' }).get('/v2/')).status).toBe(200);
    expect((await registry.clientOf(user, { host: 'two.test:9001' }).get('/v2/')).status).toBe(401);
    const token = await one.fetchToken('scope=repository:shared/app:pull,push');
    const bearer = (host: string) => new RegistryClient(registry.url, { authorization: `Bearer ${token}`, host });
    expect((await bearer('one.test').get('/v2/shared/app/tags/list')).status).toBe(200);
    const refused = await bearer('two.test:9001').get('/v2/shared/app/tags/list');
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toContain('error="invalid_token"');
    const refreshed = await one.get('/service/token?service=harbor-registry&offline_token=true');
    const { refresh_token } = readJson<{ refresh_token: string }>(refreshed);
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      service: 'harbor-registry',
      refresh_token,
    }).toString();
    const ask = (host: string) =>
      registry.anonymous.post('/service/token', form, { host, 'Content-Type': 'application/x-www-form-urlencoded' });
    expect((await ask('one.test')).status).toBe(200);
    expect((await ask('two.test:9001')).status).toBe(401);
  });

  it('have keys of their own, sealed so that one does not open the other', async () => {
    const rows = await Promise.all(['one', 'two'].map(async (id) => (await storeOf(id)).rows('signing_keys')));
    const ids = rows.flat().map((row) => row['id']);
    expect(new Set(ids).size).toBe(ids.length);
    for (const row of rows.flat()) expect(String(row['private_jwk'])).not.toContain('"d"');
  });

  it('cannot be made twice, with a host that is taken, or under a strange name', async () => {
    const attempts = [
      ['one', 'three.test'],
      ['three', 'ONE.test'],
      ['../three', 'three.test'],
      ['control-plane', 'three.test'],
      ['three', 'three.test/x'],
    ] as const;
    for (const [id, host] of attempts) {
      const result = await runAdmin(registry, 'instance', 'create', id, '--host', host);
      expect(result.exitCode, `${id} ${host}`).toBe(1);
      expect(result.errors.trim().split('\n')).toHaveLength(1);
    }
  });

  it('are destroyed one at a time: database, blobs and hosts are gone, and the others stay', async () => {
    const { folder } = locateInstance(registry.config.dataDir, 'two');
    const medium = await registry.medium.openObjects('two');
    expect(await medium.list()).not.toEqual([]);
    for (const store of stores.splice(0)) await store.close();
    const refused = await runAdmin(registry, 'instance', 'destroy', 'two');
    expect(refused.exitCode).toBe(2);
    const destroyed = await runAdmin(registry, 'instance', 'destroy', 'two', '--yes');
    expect(destroyed.exitCode, destroyed.errors).toBe(0);
    expect((await two.get('/v2/')).status).toBe(404);
    await expect(stat(folder)).rejects.toThrow('ENOENT');
    expect(await medium.list()).toEqual([]);
    await medium.close();
    expect((await one.get('/v2/shared/app/tags/list')).status).toBe(200);
    const listed = await runAdmin(registry, 'instance', 'list', '--json');
    expect(JSON.parse(listed.output).map(({ id }: { id: string }) => id)).toEqual(['one']);
    const again = await runAdmin(registry, 'instance', 'create', 'two', '--host', 'two.test:9001');
    expect(again.exitCode).toBe(0);
    await expect.poll(async () => (await two.get('/v2/')).status, NOTICE).toBe(200);
    expect((await two.get('/v2/shared/app/manifests/v1')).status).toBe(403);
  });
});
