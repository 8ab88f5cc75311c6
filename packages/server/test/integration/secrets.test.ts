import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstanceSchema } from '../../src/db/instance/schema.ts';
import { findFreePort } from '../support/find-free-port.ts';
import { ENGINES } from './support/engines.ts';
import { type Answer, readJson, send } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { sampleImage } from './support/sample-content.ts';

const TABLES: readonly (keyof InstanceSchema & string)[] = [
  'journal',
  'settings',
  'users',
  'refresh_tokens',
  'signing_keys',
  'uploads',
  'tag_history',
  'projects',
];

describe.each(ENGINES)('secrets on %s (invariant 14)', (engine) => {
  let registry: OpenRegistry;
  let metricsUrl: string;
  const password = `Canary-${randomBytes(12).toString('hex')}-Z9`;
  /** What must be nowhere, by what it is. */
  const canaries = new Map<string, string>();
  const answers: Answer[] = [];

  beforeAll(async () => {
    const listen = `127.0.0.1:${await findFreePort()}`;
    metricsUrl = `http://${listen}/metrics`;
    const env = { ROADSTEAD_ADMIN_PASSWORD: password, ROADSTEAD_METRICS_LISTEN: listen, ROADSTEAD_LOG_LEVEL: 'trace' };
    registry = await openRegistry({ engine, env });
    await exercise();
  });
  afterAll(() => registry?.close());

  /** Uses every secret in every place that it may be sent to, wrong ones too. */
  async function exercise() {
    const wrong = `Wrong-canary-${randomBytes(12).toString('hex')}`;
    canaries.set('the password', password).set('a wrong password', wrong);
    const admin = registry.clientOf({ username: 'admin', password });
    const basic = Buffer.from(`admin:${password}`).toString('base64');
    canaries.set('the Basic header', basic);
    const keep = async (answer: Promise<Answer>) => {
      answers.push(await answer);
      return answer;
    };
    await admin.createProject('team');
    await admin.pushImage('team/app', 'v1', sampleImage());
    const issued = await admin.get(
      '/service/token?service=harbor-registry&scope=repository:team/app:pull,push&offline_token=true&client_id=test',
    );
    const { token, refresh_token } = readJson<{ token: string; refresh_token: string }>(issued);
    canaries.set('a token', token).set('the signature of a token', token.split('.')[2] ?? token);
    canaries.set('a refresh token', refresh_token);
    const bearer = registry.anonymous.with({ authorization: `Bearer ${token}` });
    await keep(bearer.get('/v2/team/app/tags/list'));
    await keep(bearer.delete('/v2/team/app/manifests/v1'));
    await keep(registry.clientOf({ username: 'admin', password: wrong }).get('/v2/'));
    await keep(registry.clientOf({ username: wrong, password: wrong }).get('/api/v2.0/projects'));
    await keep(registry.anonymous.with({ authorization: `Bearer ${token}x` }).get('/v2/team/app/tags/list'));
    await keep(registry.anonymous.with({ authorization: `Weird ${wrong}` }).get('/v2/'));
    await keep(registry.anonymous.get(`/v2/team/app/tags/list?access_token=${token}&password=${password}`));
    await keep(registry.anonymous.get(`/service/token?account=admin&password=${password}&service=harbor-registry`));
    const form = (fields: Record<string, string>) =>
      registry.anonymous.post('/service/token', new URLSearchParams(fields).toString(), {
        'Content-Type': 'application/x-www-form-urlencoded',
      });
    await form({ grant_type: 'password', username: 'admin', password, service: 'harbor-registry' });
    await keep(form({ grant_type: 'password', username: 'admin', password: wrong, service: 'harbor-registry' }));
    await keep(form({ grant_type: 'refresh_token', refresh_token: `${refresh_token}x`, service: 'harbor-registry' }));
    await keep(form({ grant_type: wrong, password }));
    await keep(
      admin.post('/api/v2.0/projects', `{"project_name":"${password}"`, { 'Content-Type': 'application/json' }),
    );
    await keep(admin.get('/v2/team/app/manifests/none'));
    await breakDatabase(async () => {
      await keep(admin.post('/v2/team/app/blobs/uploads/'));
      await keep(form({ grant_type: 'refresh_token', refresh_token, service: 'harbor-registry' }));
    });
  }

  /** Makes the writes fail inside, so that the database's own error is logged. */
  async function breakDatabase(run: () => Promise<void>) {
    const { schema } = registry.store.database.reader;
    const rename = (from: 'uploads' | 'uploads_away', to: string) =>
      registry.store.database.write((tx) => tx.schema.alterTable(from).renameTo(to).execute());
    expect(schema).toBeDefined();
    await rename('uploads', 'uploads_away');
    await run().finally(() => rename('uploads_away', 'uploads'));
  }

  function expectNone(place: string, text: string) {
    for (const [what, canary] of canaries) expect(text.includes(canary), `${what} in ${place}`).toBe(false);
  }

  it('are in no line of the log, at the most talkative level', () => {
    expect(registry.logLines.length).toBeGreaterThan(10);
    expectNone('the log', registry.logLines.join('\n'));
  });

  it('are in no answer to a request that failed', () => {
    expect(answers.filter((answer) => answer.status >= 400).length).toBeGreaterThan(8);
    for (const answer of answers)
      expectNone(`an answer ${answer.status}`, `${JSON.stringify(answer.headers)}${answer.text}`);
  });

  it('are in no metric', async () => expectNone('the metrics', (await send(metricsUrl)).text));

  it('are in no row, as they are or in hexadecimal', async () => {
    for (const table of TABLES) {
      const text = JSON.stringify(await registry.store.rows(table), (_key, value) =>
        value !== null && typeof value === 'object' && value.type === 'Buffer'
          ? Buffer.from(value.data).toString('latin1')
          : value,
      );
      expectNone(table, text);
    }
    const keys = await registry.store.rows('signing_keys');
    expect(keys.length).toBeGreaterThan(0);
    for (const row of keys) expect((row['private_jwk'] as Buffer).toString('latin1')).not.toMatch(/"d"|PRIVATE KEY/);
  });

  it('are in no file of the data folder, and the files with keys are their owner’s alone', async () => {
    const { dataDir } = registry.config;
    const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((each) => each.isFile())) {
      const file = path.join(entry.parentPath, entry.name);
      expectNone(file, (await readFile(file)).toString('latin1'));
    }
    const { mode } = await import('node:fs/promises').then(({ stat }) => stat(path.join(dataDir, 'master.key')));
    expect(mode & 0o077).toBe(0);
  });
});
