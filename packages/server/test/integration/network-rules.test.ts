import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setInstanceNetworkRules } from '../../src/commands/set-instance-network-rules.ts';
import { ENGINES } from './support/engines.ts';
import { type Answer, errorCode, readErrors, readJson } from './support/http-client.ts';
import { type OpenNode, type OpenRegistry, openRegistry } from './support/open-registry.ts';
import type { RegistryClient } from './support/registry-client.ts';
import { runAdmin } from './support/run-admin.ts';
import { sampleImage } from './support/sample-content.ts';

const RULES = '/api/roadstead/v1/network-rules';
const OFFICE = '198.51.100.7';
const BUILD = '203.0.113.9';
const STRANGER = '192.0.2.66';
/** What a change may take until every node follows, and time for a busy machine. */
const FOLLOW_MS = 5_000;

describe.each(ENGINES)('network rules over HTTP on %s', (engine) => {
  let registry: OpenRegistry;
  let other: OpenNode | undefined;

  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1' } });
    if (engine === 'postgres') other = await registry.openNode();
    await registry.admin.createProject('team', true);
    await registry.admin.pushImage('team/app', 'v1', sampleImage());
  });
  afterAll(async () => {
    await other?.stop();
    await registry?.close();
  });

  const from = (address: string, client = registry.admin): RegistryClient =>
    client.with({ 'X-Forwarded-For': address });
  const put = (client: RegistryClient, rules: object, query = '') =>
    client.put(`${RULES}${query}`, JSON.stringify(rules), { 'Content-Type': 'application/json' });
  const clear = () =>
    setInstanceNetworkRules(registry.config, 'main', { management: [], registry: [] }).then(() =>
      expect.poll(() => from(STRANGER).get(RULES), { timeout: FOLLOW_MS }).toMatchObject({ status: 200 }),
    );

  it('let only the listed networks in, each for its purpose, without looking at who asks', async () => {
    const rules = { management: ['198.51.100.0/24'], registry: ['203.0.113.0/24'] };
    expect(await put(from(OFFICE), rules)).toMatchObject({ status: 200, text: JSON.stringify(rules) });
    expect(readJson(await from(OFFICE).get(RULES))).toEqual(rules);
    expect((await from(BUILD).get('/v2/team/app/manifests/v1')).status).toBe(200);
    expect((await from(BUILD).get('/service/token?service=harbor-registry')).status).toBe(200);
    const wrong = registry.clientOf({ username: 'admin', password: 'not-it' });
    const answers: Answer[] = [];
    for (const client of [registry.admin, registry.anonymous, wrong]) {
      for (const target of [
        '/v2/',
        '/v2/team/app/manifests/v1',
        '/v2/none/such/tags/list',
        '/service/token',
        '/v2/%00',
      ]) {
        answers.push(await from(STRANGER, client).get(target));
      }
    }
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const [first] = answers;
    if (first === undefined) throw new Error('nothing was asked');
    expect([first.status, errorCode(first)]).toEqual([403, 'DENIED']);
    expect(readErrors(first)[0]?.message).toContain(STRANGER);
    expect(answers.every(({ headers }) => headers['www-authenticate'] === undefined)).toBe(true);
    for (const client of [registry.admin, registry.anonymous, wrong]) {
      for (const target of ['/api/v2.0/projects', '/api/v2.0/projects/9', '/api/none', RULES, '/c/login']) {
        const answer = await from(BUILD, client).get(target);
        expect([answer.status, errorCode(answer)], target).toEqual([403, 'FORBIDDEN']);
      }
    }
    // Nobody's password was looked at: nothing is throttled.
    for (let tries = 0; tries < 20; tries += 1) await from(STRANGER, wrong).get('/v2/');
    expect((await from(BUILD).get('/v2/')).status).toBe(200);
    expect((await from(STRANGER, registry.anonymous).get('/healthz')).status).toBe(200);
    expect((await from(STRANGER, registry.anonymous).get('/readyz')).status).toBe(200);
    const metrics = await (await registry.server.readMetrics()).metrics();
    expect(metrics).toMatch(/roadstead_http_refusals_total\{kind="network-rules"\} \d\d/);
    await clear();
  });

  it('believe no address that a client made up', async () => {
    await put(from(OFFICE), { management: ['198.51.100.0/24'], registry: ['198.51.100.0/24', '127.0.0.0/8'] });
    for (const forwarded of [
      `${OFFICE}, ${STRANGER}`,
      `${OFFICE}, unknown`,
      `${OFFICE}, 0306.0.2.1`,
      `${OFFICE},${STRANGER}:1234`,
      `${OFFICE}, ::ffff:${STRANGER}`,
      `${OFFICE}%eth0`,
      '3325256711',
    ]) {
      expect((await from(forwarded).get('/api/v2.0/projects')).status, forwarded).toBe(403);
    }
    for (const headers of [{ Forwarded: `for=${OFFICE}` }, { 'X-Real-IP': OFFICE }, { 'True-Client-IP': OFFICE }]) {
      expect((await from(STRANGER).with(headers).get('/v2/')).status).toBe(403);
    }
    for (const forwarded of [OFFICE, `::ffff:${OFFICE}`, `10.0.0.1, ${OFFICE}`, `${OFFICE}:50123`])
      expect((await from(forwarded).get('/v2/')).status, forwarded).toBe(200);
    // The proxy itself, which is in the list.
    expect((await registry.admin.get('/v2/')).status).toBe(200);
    // Other spellings of a path reach no other rule.
    for (const target of ['/%61pi/v2.0/projects', '//api/v2.0/projects', '/./api/v2.0/projects', '/API/v2.0/projects'])
      expect((await from(STRANGER).get(target)).status, target).toBeGreaterThanOrEqual(400);
    await clear();
  });

  it('reach every node within five seconds', async () => {
    const client = other === undefined ? from(STRANGER) : from(STRANGER, other.admin);
    expect((await client.get('/v2/')).status).toBe(200);
    await put(from(OFFICE), { management: [], registry: [OFFICE] });
    await expect.poll(async () => (await client.get('/v2/')).status, { timeout: FOLLOW_MS }).toBe(403);
    await clear();
  });

  it('are refused where they would lock out who sends them, and mended on the machine of the server', async () => {
    const shut = { management: ['192.0.2.0/30'], registry: [] };
    const refused = await put(from(OFFICE), shut);
    expect([refused.status, errorCode(refused)]).toEqual([409, 'CONFLICT']);
    expect((await put(from(OFFICE), shut, '?force=maybe')).status).toBe(400);
    expect((await put(from(OFFICE), shut, '?force=true')).status).toBe(200);
    expect((await from(OFFICE).get(RULES)).status).toBe(403);
    const commands = { administerNetworkRules: setInstanceNetworkRules };
    expect(await runAdmin({ ...registry, commands }, 'network-rules')).toMatchObject({
      exitCode: 0,
      output: 'management: 192.0.2.0/30\nregistry: every network\n',
    });
    await writeFile(path.join(registry.config.dataDir, 'rules.json'), '{"management":["::1"],"registry":["::1"]}');
    expect(await runAdmin({ ...registry, commands }, 'network-rules', '--set', 'rules.json', '--json')).toMatchObject({
      output: '{"management":["::1"],"registry":["::1"]}\n',
    });
    expect(await runAdmin({ ...registry, commands }, 'network-rules', '--set', 'none.json')).toMatchObject({
      exitCode: 2,
    });
    expect(await runAdmin({ ...registry, commands }, 'network-rules', '--clear')).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('management: every network'),
    });
    await expect.poll(async () => (await from(OFFICE).get(RULES)).status, { timeout: FOLLOW_MS }).toBe(200);
  });

  it('are the administrators’ to see and to change', async () => {
    const user = await registry.createUser('carol');
    for (const [client, status] of [
      [user, 403],
      [registry.anonymous, 401],
    ] as const) {
      expect((await client.get(RULES)).status).toBe(status);
      expect((await put(client, { management: [], registry: ['192.0.2.1'] })).status).toBe(status);
    }
    expect(readJson(await registry.admin.get(RULES))).toEqual({ management: [], registry: [] });
    const wrong = await put(registry.admin, { management: ['10.0.0.1/8'], registry: [] });
    expect([wrong.status, errorCode(wrong)]).toEqual([422, 'UNPROCESSABLE_ENTITY']);
  });
});
