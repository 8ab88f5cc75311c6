import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../support/find-free-port.ts';
import { ADMIN, type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { RegistryClient } from './support/registry-client.ts';
import { runAdmin } from './support/run-admin.ts';
import { freshBytes } from './support/sample-content.ts';

describe('an instance with a port of its own', () => {
  let registry: OpenRegistry;
  let port: number;

  beforeAll(async () => {
    port = await findFreePort();
    registry = await openRegistry({ env: { ROADSTEAD_INSTANCE_PORTS: `${port}-${port}` } });
  });
  afterAll(() => registry?.close());

  it('answers there under the address of the loopback, and `main` at its own host', async () => {
    for (const [id, host] of [
      ['team', `127.0.0.1:${port}`],
      ['main', new URL(registry.url).host],
    ] as const) {
      expect((await runAdmin(registry, 'instance', 'create', id, '--host', host)).exitCode).toBe(0);
    }
    const team = RegistryClient.withBasic(`http://127.0.0.1:${port}`, ADMIN);
    await expect.poll(async () => (await team.get('/v2/')).status, { timeout: 10_000 }).toBe(200);
    await team.createProject('team');
    const digest = await team.pushBlob('team/app', freshBytes());
    expect((await team.get(`/v2/team/app/blobs/${digest}`)).status).toBe(200);
    expect((await registry.admin.get(`/v2/team/app/blobs/${digest}`)).status).toBe(403);
    const anonymous = new RegistryClient(`http://127.0.0.1:${port}`);
    expect((await anonymous.get('/v2/')).headers['www-authenticate']).toContain(
      `realm="http://127.0.0.1:${port}/service/token"`,
    );
  });
});
