import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstanceSchema } from '../../src/db/instance/schema.ts';
import { findFreePort } from '../support/find-free-port.ts';
import { SyslogReceiver } from '../support/syslog-receiver.ts';
import { ENGINES } from './support/engines.ts';
import { type Answer, readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { RegistryClient } from './support/registry-client.ts';
import { sampleImage } from './support/sample-content.ts';

const BASE = '/api/roadstead/v1/audit';
const PATIENT = { timeout: 20_000 };
const JSON_TYPE = { 'content-type': 'application/json' };

interface Entry {
  readonly id: number;
  readonly kind: string;
  readonly outcome: string;
  readonly actor: { readonly key: string; readonly name: string };
  readonly resource: string;
  readonly address: string;
  readonly userAgent: string;
  readonly requestId: string;
  readonly repository: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

describe.each(ENGINES)('what the audit log records on %s', (engine) => {
  let registry: OpenRegistry;
  let metricsUrl: string;

  beforeAll(async () => {
    const listen = `127.0.0.1:${await findFreePort()}`;
    metricsUrl = `http://${listen}/metrics`;
    const env = {
      ROADSTEAD_METRICS_LISTEN: listen,
      ROADSTEAD_LOG_LEVEL: 'trace',
      ROADSTEAD_EGRESS_ALLOW: '127.0.0.1/32',
      ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1/32',
    };
    registry = await openRegistry({ engine, env });
    await registry.admin.createProject('team');
  });
  afterAll(() => registry?.close());

  const list = async (query: string): Promise<readonly Entry[]> =>
    readJson<{ items: readonly Entry[] }>(await registry.admin.get(`${BASE}/entries?limit=100&${query}`)).items;

  const put = (path: string, body: object) => registry.admin.put(`${BASE}${path}`, JSON.stringify(body), JSON_TYPE);

  it('is a sign-in when the password was looked at, with the request that it came with', async () => {
    const before = await list('kind=login.succeeded');
    const client = registry.clientOf(
      { username: 'admin', password: 'Correct-horse-9-battery' },
      { 'user-agent': 'audit-test/1', 'x-request-id': 'sign-in-1' },
    );
    for (let index = 0; index < 5; index += 1) await client.get('/service/token?service=harbor-registry');
    // The administrator of this test has signed in already, and is remembered.
    expect(await list('kind=login.succeeded')).toEqual(before);
    expect(before.at(-1)).toMatchObject({
      outcome: 'done',
      actor: { key: 'user:1', name: 'admin' },
      resource: 'admin',
      address: '127.0.0.1',
    });
    await registry.restart();
    await client.get('/service/token?service=harbor-registry');
    expect((await list('kind=login.succeeded'))[0]).toMatchObject({
      actor: { name: 'admin' },
      userAgent: 'audit-test/1',
      requestId: 'sign-in-1',
    });
  });

  it('is a bounded number of entries for a thousand wrong tries, without what was typed', async () => {
    const canary = () => `Canary-${randomBytes(12).toString('hex')}`;
    const typedAsName = canary();
    const canaries: string[] = [typedAsName];
    const answers: Answer[] = [];
    const tries = Array.from({ length: 1_000 }, (_, index) => {
      const password = canary();
      canaries.push(password);
      const username = index % 2 === 0 ? 'admin' : typedAsName;
      canaries.push(Buffer.from(`${username}:${password}`).toString('base64'));
      // From a network that is not the administrator's, who looks at the log meanwhile.
      return registry.clientOf({ username, password }, { 'x-forwarded-for': '198.51.100.7' });
    });
    for (let start = 0; start < tries.length; start += 50) {
      const some = tries.slice(start, start + 50).map((client) => client.get('/service/token?service=harbor-registry'));
      answers.push(...(await Promise.all(some)));
    }
    const statuses = Map.groupBy(answers, ({ status }) => status);
    expect([...statuses.keys()].toSorted()).toEqual([401, 429]);
    const looked = statuses.get(401)?.length ?? 0;
    const failed = await list('kind=login.failed');
    expect(failed).toHaveLength(looked);
    expect(looked).toBeLessThan(40);
    expect(new Set(failed.map(({ resource }) => resource))).toEqual(new Set(['admin', 'unknown']));
    const refused = () => list('kind=login.refused');
    const count = async () => (await refused()).reduce((sum, { detail }) => sum + Number(detail['count']), 0);
    await expect.poll(count, PATIENT).toBe(1_000 - looked);
    expect((await refused()).length).toBeLessThan(10);
    expect((await refused())[0]).toMatchObject({ outcome: 'refused', detail: { network: '198.51.100.0/24' } });
    const exported = await registry.admin.get(`${BASE}/entries.csv`);
    const lines = await registry.admin.get(`${BASE}/entries.jsonl`);
    const seen = [...answers, exported, lines].map(({ body, headers }) => `${body}${JSON.stringify(headers)}`);
    seen.push(...registry.logLines, await (await fetch(metricsUrl)).text());
    for (const table of ['journal', 'settings', 'users', 'job_log', 'row_changes'] as const) {
      const rows = await registry.store.database.reader
        .selectFrom(table as keyof InstanceSchema & 'journal')
        .selectAll()
        .execute();
      seen.push(JSON.stringify(rows));
    }
    const all = seen.join('\n');
    expect(all).toContain('login.failed');
    expect(canaries.filter((secret) => all.includes(secret))).toEqual([]);
  });

  it('is one entry an hour for all sign-ins of a robot or an access token from one network', async () => {
    const post = async (client: RegistryClient, path: string, body: object) =>
      readJson<{ id: number; name: string; secret: string; token: string }>(
        await client.post(path, JSON.stringify(body), JSON_TYPE),
      );
    const permissions = [{ kind: 'project', namespace: 'team', access: [{ resource: 'repository', action: 'pull' }] }];
    const robot = await post(registry.admin, '/api/v2.0/robots', {
      ...{ name: 'audited', level: 'system', duration: 1, permissions },
    });
    const carol = await registry.createUser('carol-audited');
    const token = await post(carol, '/api/roadstead/v1/access-tokens', { name: 'ci' });
    const revoked = await post(carol, '/api/roadstead/v1/access-tokens', { name: 'old' });
    await carol.delete(`/api/roadstead/v1/access-tokens/${revoked.id}`);
    const signIn = async (username: string, password: string, address: string) => {
      const headers = { 'x-forwarded-for': address, 'x-request-id': `from-${address}` };
      const client = registry.clientOf({ username, password }, headers);
      for (let index = 0; index < 5; index += 1) await client.get('/service/token?service=harbor-registry');
    };
    for (const address of ['203.0.113.1', '203.0.113.2', '192.0.2.9']) {
      await signIn(robot.name, robot.secret, address);
      await signIn('carol-audited', token.token, address);
      await signIn('carol-audited', revoked.token, address);
      await signIn('admin', token.token, address);
    }
    // As a bearer token of the management API it is the same token.
    const bearer = new RegistryClient(registry.url, { authorization: `Bearer ${token.token}` });
    await bearer.get('/api/v2.0/projects');
    const seen = ['127.0.0.1', '192.0.2.9', '203.0.113.1', '203.0.113.2'];
    const addresses = async (kind: string, resource: string) =>
      (await list(`kind=${kind}`))
        .filter((entry) => entry.resource === resource && seen.includes(entry.address))
        .map(({ address, actor }) => `${actor.key} ${address}`);
    const both = ['192.0.2.9', '203.0.113.1'];
    expect(await addresses('login.succeeded', `robot:${robot.id}`)).toEqual(
      both.map((at) => `robot:${robot.id} ${at}`),
    );
    const accessToken = `access-token:${token.id}`;
    expect(await addresses('login.succeeded', accessToken)).toEqual(
      ['127.0.0.1', ...both].map((at) => `${accessToken} ${at}`),
    );
    // The token of somebody else, and none at all.
    expect(await addresses('login.failed', accessToken)).toEqual(both.map((at) => `anonymous ${at}`));
    expect(await addresses('login.failed', 'unknown')).toEqual(both.map((at) => `anonymous ${at}`));
    const lines = await registry.admin.get(`${BASE}/entries.jsonl`);
    for (const secret of [robot.secret, token.token, revoked.token]) expect(lines.text).not.toContain(secret);
  });

  it('is a pull where the instance says so, and nothing is lost when the server stops', async () => {
    const image = sampleImage();
    await registry.admin.pushImage('team/app', 'v1', image);
    const { digest } = image;
    const pull = (reference: string, method: 'GET' | 'HEAD' = 'GET') =>
      registry.admin.send(`/v2/team/app/manifests/${reference}`, { method });
    await pull('v1');
    expect(await list('kind=manifest.pulled')).toEqual([]);
    expect((await put('/settings', { recordsPulls: true })).status).toBe(200);
    await pull('v1');
    await pull('v1', 'HEAD');
    await pull(digest);
    await pull('missing');
    await registry.restart();
    const pulls = await list('kind=manifest.pulled');
    expect(pulls).toMatchObject([
      { repository: 'team/app', resource: `team/app@${digest}`, detail: { digest, tag: null } },
      { repository: 'team/app', resource: 'team/app:v1', detail: { digest, tag: 'v1' }, actor: { name: 'admin' } },
    ]);
    expect((await list('kind=audit.'))[0]).toMatchObject({ detail: { recordsPulls: true, recordsPullsBefore: false } });
    await put('/settings', { recordsPulls: false });
    await pull('v1');
    expect(await list('kind=manifest.pulled')).toHaveLength(2);
  });

  it('arrives at a receiver by itself, in order, through the egress guard', async () => {
    const receiver = new SyslogReceiver();
    await receiver.open();
    try {
      const target = { kind: 'syslog', host: '127.0.0.1', port: receiver.port, tls: false };
      expect((await put('/forwarding', { target, from: 'beginning' })).status).toBe(200);
      await registry.admin.createProject('forwarded');
      const told = () => receiver.messages.map(({ messageId, fields }) => `${messageId} ${fields['resource']}`);
      await expect.poll(told, PATIENT).toContain('project.created forwarded');
      const ids = receiver.messages.map(({ fields }) => Number(fields['id']));
      const stored = await registry.store.database.reader.selectFrom('journal').select('id').orderBy('id').execute();
      expect(ids).toEqual(stored.map(({ id }) => id).filter((id) => id <= (ids.at(-1) ?? 0)));
      expect(receiver.faults).toEqual([]);
      // It is written down after the receiver has it.
      const state = async () => readJson<{ state: object }>(await registry.admin.get(`${BASE}/forwarding`)).state;
      const sent = { failures: 0, lastError: null, succeededAt: expect.any(String) };
      await expect.poll(state, PATIENT).toMatchObject(sent);
      const metrics = await (await fetch(metricsUrl)).text();
      expect(metrics).toMatch(/^roadstead_audit_lost_entries\{registry="main"\} 0$/m);
    } finally {
      await receiver.close();
    }
    expect((await registry.admin.delete(`${BASE}/forwarding`)).status).toBe(204);
  });
});
