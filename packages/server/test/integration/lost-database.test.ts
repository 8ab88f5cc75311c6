import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { freshBytes, sampleImage } from './support/sample-content.ts';

// Only PostgreSQL can go away; on the others there is nothing to lose.
describe.each(ENGINES.filter((engine) => engine === 'postgres'))('a server whose %s connections break', (engine) => {
  let registry: OpenRegistry;
  const image = sampleImage();

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.createProject('team');
    await registry.admin.pushImage('team/app', 'v1', image);
  });
  afterAll(() => registry?.close());

  /** Ends every connection to the registry's database but this one. */
  async function breakConnections(also = '') {
    const url = new URL(registry.config.databaseUrl ?? '');
    const database = url.pathname.slice(1);
    url.pathname = '/postgres';
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    if (also !== '') await client.query(also.replace('DATABASE', `"${database}"`));
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [database]);
    await client.end();
  }

  it('goes on with new ones, and the next requests do not notice', async () => {
    for (let round = 0; round < 3; round += 1) {
      await breakConnections();
      await expect.poll(async () => (await registry.admin.get('/v2/team/app/manifests/v1')).status).toBe(200);
      await registry.admin.pushBlob('team/app', freshBytes());
      expect((await registry.admin.putManifest('team/app', `v${round}`, image)).status).toBe(201);
    }
  });

  it('acknowledges nothing that it lost while they broke', async () => {
    const pushed: string[] = [];
    const push = async () => {
      for (let index = 0; index < 25; index += 1) {
        const bytes = freshBytes(200);
        await registry.admin.pushBlob('team/app', bytes).then(
          (digest) => pushed.push(digest),
          () => undefined,
        );
      }
    };
    const working = Promise.all([push(), push(), push()]);
    for (let round = 0; round < 4; round += 1) await breakConnections();
    await working;
    expect(pushed.length).toBeGreaterThan(0);
    for (const digest of pushed) {
      expect((await registry.admin.get(`/v2/team/app/blobs/${digest}`)).status, digest).toBe(200);
    }
    expect(await registry.store.findRowsWithoutBytes()).toEqual([]);
  });

  it('is not ready while the database refuses connections, without telling its password, and ready again after', async () => {
    await breakConnections('alter database DATABASE allow_connections false');
    await expect.poll(async () => (await registry.anonymous.get('/readyz')).status, { timeout: 10_000 }).toBe(503);
    expect((await registry.anonymous.get('/healthz')).status).toBe(200);
    const failed = await registry.admin.get('/v2/team/app/manifests/v1');
    expect(failed.status).toBeGreaterThanOrEqual(500);
    const { password } = new URL(registry.config.databaseUrl ?? '');
    const ready = await registry.anonymous.get('/readyz');
    for (const text of [failed.text, ready.text, registry.logLines.join('\n')]) expect(text).not.toContain(password);
    await breakConnections('alter database DATABASE allow_connections true');
    await expect.poll(async () => (await registry.anonymous.get('/readyz')).status, { timeout: 10_000 }).toBe(200);
    expect((await registry.admin.get('/v2/team/app/manifests/v1')).body.equals(image.bytes)).toBe(true);
  });
});
