import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ForeignIssuer } from '../support/foreign-issuer.ts';
import { type RunningRoadstead, startRoadstead } from '../support/start-roadstead.ts';
import { createEngineDatabase, ENGINES } from './support/engines.ts';
import { readJson, send } from './support/http-client.ts';

const RULES = '/api/roadstead/v1/projects/team/workload-rules';
const PERMISSIONS = [
  { resource: 'repository', action: 'pull' },
  { resource: 'repository', action: 'push' },
];
/** What the product promises of a rule that is taken away. */
const PROMISED_MS = 2_500;
/** Connections are dealt out in turn, so that so many reach every process. */
const ROUND = 6;

describe.each(ENGINES)('workloads on a server of three processes on %s', (engine) => {
  const resources = new AsyncDisposableStack();
  const issuer = new ForeignIssuer('localhost');
  let server: RunningRoadstead;
  let serial = 0;

  beforeAll(async () => {
    await issuer.open();
    resources.defer(() => issuer.close());
    const folder = await mkdtemp(path.join(tmpdir(), 'roadstead-workloads-'));
    resources.defer(() => rm(folder, { recursive: true, force: true }));
    const authority = path.join(folder, 'authority.pem');
    await writeFile(authority, issuer.certificatePem);
    const database = engine === 'postgres' ? await createEngineDatabase() : undefined;
    if (database !== undefined) resources.defer(() => database.drop());
    server = await startRoadstead({
      env: {
        ROADSTEAD_PROCESSES: '3',
        ROADSTEAD_LOG_LEVEL: 'info',
        ROADSTEAD_EGRESS_ALLOW: 'localhost,127.0.0.1/32',
        NODE_EXTRA_CA_CERTS: authority,
        ...(database === undefined ? {} : { ROADSTEAD_DATABASE_URL: database.url }),
      },
    });
    resources.defer(() => server.stop());
    await server.createProject('team');
    // The first process answers before the others have started.
    await vi.waitFor(() => expect(server.log()).toContain('serves on'), { timeout: 15_000 });
  }, 60_000);
  afterAll(() => resources.disposeAsync());

  /** On a connection of its own, so that the primary gives it to the next process. */
  const ask = (authorization: string, where: string, method = 'GET', body?: object) =>
    send(`${server.url}${where}`, {
      method,
      headers: { authorization, Connection: 'close', 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  const basic = (name: string, secret: string) => `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
  const asAdmin = (method: string, where: string, body?: object) =>
    ask(basic('admin', server.admin.password), where, method, body);
  const bodyOf = (repository: string, more: object = {}) => ({
    ...{ name: repository.replace('/', '-'), issuer: issuer.issuer, conditions: { repository: [repository] } },
    ...{ permissions: PERMISSIONS, ...more },
  });
  const sign = (repository: string) => {
    const now = Math.floor(Date.now() / 1_000);
    const life = { iat: now, nbf: now, exp: now + 300 };
    return issuer.sign({ iss: issuer.issuer, aud: server.url, sub: `repo:${repository}`, repository, ...life });
  };
  /** There is no such repository, which is for who may pull to know. Too many wrong tokens are not looked at (429). */
  const list = async (authorization: string) => {
    const { status } = await ask(authorization, '/v2/team/app/tags/list');
    return status === 404 ? 'in' : [401, 429].includes(status) ? 'out' : status;
  };
  const ofAll = async (authorizations: readonly string[]) => {
    const each = authorizations.flatMap((one) => Array.from({ length: ROUND }, () => one));
    return new Set(await Promise.all(each.map(list)));
  };
  async function bearerFor(authorization: string): Promise<string> {
    const scope = 'repository:team/app:pull,push,delete';
    const answer = await ask(authorization, `/service/token?service=harbor-registry&scope=${scope}`);
    return `Bearer ${readJson<{ token: string }>(answer).token}`;
  }

  it('are told at /v2/ and in the audit log what is wrong', async () => {
    await asAdmin('POST', RULES, bodyOf('octo-org/told'));
    const answer = await ask(basic('oidc', await sign('octo-org/untold')), '/v2/team/app/tags/list');
    expect(answer.status).toBe(401);
    expect(answer.text).toContain('its claims match no rule');
    expect(answer.text).not.toContain('octo-org/told');
    await list(basic('oidc', await sign('octo-org/told')));
    const findEntries = async () => {
      const entries = await asAdmin('GET', '/api/roadstead/v1/audit/entries?pageSize=100');
      return entries.text;
    };
    await expect.poll(findEntries, { timeout: 5_000 }).toContain('octo-org/untold');
    const text = await findEntries();
    expect(text).toContain('no-rule');
    expect(text).toContain(`workload:${issuer.issuer}#repo:octo-org/told`);
    expect(text).toContain('workload-rule.created');
  });

  it('are explained to who looks after the rules, and leave no trace', async () => {
    await asAdmin('POST', RULES, bodyOf('octo-org/explained'));
    const token = await sign('octo-org/unexplained');
    const answer = await asAdmin('POST', `${RULES}/test`, { token });
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    const { issuer: by, fault, rules } = readJson<{ issuer: string; fault: null; rules: { name: string }[] }>(answer);
    expect([by, fault]).toEqual([issuer.issuer, null]);
    const [claim, outcome] = ['repository', 'differs'];
    const conditions = [{ claim, outcome, patterns: ['octo-org/explained'], value: 'octo-org/unexplained' }];
    const explained = rules.find(({ name }) => name === 'octo-org-explained');
    expect(explained).toMatchObject({ takes: false, disabled: false, obstacles: [], conditions });
    expect((await asAdmin('POST', `${RULES}/test`, { token: 'a.b.c' })).text).toContain('malformed');
    for (const body of [{}, { token: '' }, { token: [token] }, { token: 'x'.repeat(16_385) }, token]) {
      const refused = await asAdmin('POST', `${RULES}/test`, body as object);
      expect([400, 422]).toContain(refused.status);
      expect(refused.text).not.toContain(token.slice(0, 8));
    }
    expect((await asAdmin('POST', `${RULES}/test`, { token: 'x'.repeat(40_000) })).status).toBe(413);
    expect((await ask(basic('admin', 'wrong'), `${RULES}/test`, 'POST', { token })).status).toBe(401);
    // A workload that got in is no administrator of the project.
    expect(
      (await ask(basic('oidc', await sign('octo-org/explained')), `${RULES}/test`, 'POST', { token })).status,
    ).toBe(403);
    const entries = await asAdmin('GET', '/api/roadstead/v1/audit/entries?pageSize=100');
    expect(entries.text).not.toContain('octo-org/unexplained');
    for (const part of token.split('.')) expect(server.log()).not.toContain(part);
  });

  it.each([
    ['disabled', (id: number, name: string) => asAdmin('PUT', `${RULES}/${id}`, bodyOf(name, { disabled: true }))],
    [
      'changed',
      (id: number, name: string) =>
        asAdmin('PUT', `${RULES}/${id}`, bodyOf(name, { conditions: { repository: ['o/x'] } })),
    ],
    ['deleted', (id: number) => asAdmin('DELETE', `${RULES}/${id}`)],
  ])(
    'get in, and are out of each process in time when their rule is %s',
    async (_, act) => {
      serial += 1;
      const repository = `octo-org/app-${serial}`;
      const { id } = readJson<{ id: number }>(await asAdmin('POST', RULES, bodyOf(repository)));
      const shown = basic('oidc', await sign(repository));
      const credentials = [shown, await bearerFor(shown)];
      expect(await ofAll(credentials)).toEqual(new Set(['in']));
      await act(id, repository);
      const endedAt = performance.now();
      await expect.poll(() => ofAll(credentials), { timeout: PROMISED_MS, interval: 100 }).toEqual(new Set(['out']));
      expect(performance.now() - endedAt).toBeLessThan(PROMISED_MS);
    },
    30_000,
  );
});
