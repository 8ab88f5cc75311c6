import { rename } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../test/integration/support/engines.ts';
import { readJson, send } from '../test/integration/support/http-client.ts';
import { ADMIN, type OpenRegistry, openRegistry } from '../test/integration/support/open-registry.ts';
import { RegistryClient } from '../test/integration/support/registry-client.ts';
import { runAdmin } from '../test/integration/support/run-admin.ts';
import { findFreePort } from '../test/support/find-free-port.ts';
import { rotateSigningKeys } from './commands/rotate-signing-keys.ts';
import { setUserPassword } from './commands/set-user-password.ts';
import { locateInstance } from './control-plane/instances/instance-location.ts';
import { INSTANCE_MIGRATIONS } from './db/instance/migrations.ts';

const realmOf = async (client: RegistryClient, headers: Record<string, string>) =>
  (await client.get('/v2/', headers)).headers['www-authenticate'];

describe.each(ENGINES)('a server on %s', (engine) => {
  let registry: OpenRegistry;
  let port: number;

  beforeAll(async () => {
    port = await findFreePort();
    registry = await openRegistry({
      engine,
      env: {
        ROADSTEAD_INSTANCE_PORTS: `${port}-${port}`,
        ROADSTEAD_TRUSTED_PROXIES: '127.0.0.0/8',
        ROADSTEAD_EXTERNAL_URL: 'https://registry.example.com',
      },
    });
  });
  afterAll(() => registry?.close());

  it('answers health to HEAD as well', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const answer = await registry.anonymous.head(path);
      expect([answer.status, answer.text], path).toEqual([200, '']);
    }
  });

  it('signs by a new key within seconds of its rotation by a command, and honours what the old one signed', async () => {
    await registry.admin.createProject('team');
    const keyOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
    const scope = 'scope=repository:team/app:pull';
    const before = await registry.admin.fetchToken(scope);
    const { keyId } = await rotateSigningKeys(registry.config, 'main');
    expect(keyId).not.toBe(keyOf(before));
    await expect
      .poll(async () => keyOf(await registry.admin.fetchToken(scope)), { timeout: 8_000, interval: 200 })
      .toBe(keyId);
    const after = await registry.admin.fetchToken(scope);
    for (const token of [before, after]) {
      const client = new RegistryClient(registry.url, { authorization: `Bearer ${token}` });
      expect((await client.get('/v2/team/app/tags/list')).status).toBe(404);
    }
    const rows = await registry.store.rows('journal');
    expect(rows.filter((row) => row['kind'] === 'signing-key.rotated')).toMatchObject([
      { actor: 'system:admin rotate-keys' },
    ]);
  });

  it('is administered in the instances that there are, and in no others', async () => {
    const reset = {
      instanceId: 'typo',
      username: 'admin',
      password: 'Another-horse-9-battery',
      clearsSecondFactors: false,
    };
    await expect(setUserPassword(registry.config, reset)).rejects.toThrow('there is no instance typo');
    for (const id of ['typo', '../main']) {
      await expect(rotateSigningKeys(registry.config, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  describe('with instances', () => {
    it('begins to answer for those that are made', async () => {
      for (const [id, ...hosts] of [
        ['main', new URL(registry.url).host, 'registry.example.com'],
        ['team', `127.0.0.1:${port}`, 'team.example.com'],
      ]) {
        const created = await runAdmin({ config: registry.config }, 'instance', 'create', id ?? '', '--host', ...hosts);
        expect(created.errors).toBe('');
      }
      const team = registry.clientOf(ADMIN, { host: 'team.example.com' });
      await expect.poll(async () => (await team.get('/api/v2.0/projects/team')).status, { timeout: 10_000 }).toBe(404);
      await team.createProject('only-in-team');
    });

    const sees = async (url: string, headers: Record<string, string>) =>
      (await RegistryClient.withBasic(url, ADMIN, headers).get('/api/v2.0/projects/only-in-team')).status === 200;

    it('picks the one that a trusted proxy names by X-Forwarded-Host', async () => {
      expect(await sees(registry.url, { 'x-forwarded-host': 'team.example.com' })).toBe(true);
      expect(await sees(registry.url, { 'x-forwarded-host': 'registry.example.com' })).toBe(false);
      expect(await sees(registry.url, { host: 'team.example.com', 'x-forwarded-host': 'nobody.example' })).toBe(false);
      expect(
        await realmOf(registry.anonymous, {
          'x-forwarded-host': 'Team.example.com.:443',
          'x-forwarded-proto': 'https',
        }),
      ).toContain('realm="https://team.example.com/service/token"');
    });

    it('picks the one whose port it is for a host that nobody has, and names it by an address of its own', async () => {
      const url = `http://127.0.0.1:${port}`;
      expect(await sees(url, { host: 'laptop.local:9' })).toBe(true);
      expect(await sees(url, { host: 'registry.example.com' })).toBe(false);
      expect((await send(`${registry.url}/v2/`, { headers: { host: 'laptop.local' } })).status).toBe(404);
      const anonymous = new RegistryClient(url);
      expect(await realmOf(anonymous, { host: 'laptop.local' })).toContain(`realm="${url}/service/token"`);
    });

    it('knows which step of the schema each has reached', async () => {
      const listVersions = async () => {
        await registry.admin.get('/v2/');
        const { output } = await runAdmin({ config: registry.config }, 'instance', 'list', '--json');
        return JSON.parse(output).map((each: { id: string; schemaVersion: string }) => [each.id, each.schemaVersion]);
      };
      const newest = Object.keys(INSTANCE_MIGRATIONS).at(-1);
      const expected = ['main', 'team'].map((id) => [id, newest]);
      // `main` was open before it had a row: the next request after the pool has noticed opens it anew.
      await expect.poll(listVersions, { timeout: 10_000, interval: 200 }).toEqual(expected);
    });

    it('is not ready while one that is open cannot write, and says which in the log only', async () => {
      await registry.anonymous.get('/v2/', { host: 'team.example.com' });
      const { blobsFolder } = locateInstance(registry.config.dataDir, 'team');
      try {
        await rename(blobsFolder, `${blobsFolder}-away`);
        await expect.poll(readiness, { timeout: 10_000 }).toBe(503);
        expect(registry.logLines.join()).toContain('the instance team is not ready');
        expect((await registry.anonymous.get('/readyz')).text).not.toContain('team');
      } finally {
        await rename(`${blobsFolder}-away`, blobsFolder);
      }
      await expect.poll(readiness, { timeout: 10_000 }).toBe(200);
    });

    const readiness = async () => {
      const answer = await registry.anonymous.get('/readyz');
      expect(readJson(answer)).toHaveProperty('status');
      return answer.status;
    };

    it('is administered where main is an instance like others, and none is being destroyed', async () => {
      const { keyId } = await rotateSigningKeys(registry.config, 'team');
      expect(keyId).toMatch(/^[0-9a-f]{32}$/);
      expect((await runAdmin({ config: registry.config }, 'instance', 'destroy', 'main', '--yes')).exitCode).toBe(0);
      await expect(rotateSigningKeys(registry.config, 'main')).rejects.toThrow('there is no instance main');
    });
  });
});
