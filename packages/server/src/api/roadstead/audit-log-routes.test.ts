import { isConsistent, isIncluded, parseVerifierKey } from '@roadstead/archive';
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyLines } from '../../../test/in-process/test-audit-log.ts';
import { ENGINES } from '../../../test/in-process/test-database.ts';
import { OPERATOR, openTestOperations, type TestOperations } from '../../../test/in-process/test-operations.ts';
import { appendJournal } from '../../journal/journal.ts';
import { ANONYMOUS, type Principal } from '../../kernel/principal.ts';
import { registerRoadsteadRoutes } from './roadstead-routes.ts';

const BASE = '/api/roadstead/v1/audit';
const USER: Principal = { kind: 'user', id: 9, name: 'carol', isAdministrator: false };
const CANARY = 'canary-5f2c';
const WEBHOOK = { kind: 'webhook', url: `https://hooks.example/${CANARY}`, authorization: `Bearer ${CANARY}` };
const BUCKET = {
  kind: 's3',
  endpoint: 'https://s3.example',
  region: 'eu',
  bucket: 'witness',
  accessKeyId: 'AKID',
  secretAccessKey: CANARY,
};

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

describe.each(ENGINES)('the audit log over HTTP on %s', (engine) => {
  let test: TestOperations;
  let app: FastifyInstance;
  let principal: Principal;

  beforeAll(async () => {
    test = await openTestOperations(engine);
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    await test.reset();
    principal = OPERATOR.principal;
    app = Fastify();
    registerRoadsteadRoutes(app, { instanceOf: () => test, actorOf: () => ({ ...OPERATOR, principal }) });
  });
  afterEach(() => app?.close());

  const send = (method: Method, path: string, payload?: object) =>
    app.inject({ method, url: `${BASE}${path}`, ...(payload === undefined ? {} : { payload }) } as InjectOptions);
  const get = async (path: string) => (await send('GET', path)).json();
  const append = (count: number) =>
    test.database.write(async (tx) => {
      for (let index = 0; index < count; index += 1) {
        await appendJournal(tx, {
          at: test.clock.now(),
          actor: { ...OPERATOR, principal },
          kind: 'tag.moved',
          detail: { index },
        });
      }
    });

  it.each([
    ['GET', '/checkpoint'],
    ['POST', '/checkpoint'],
    ['GET', '/keys'],
    ['POST', '/keys'],
    ['GET', '/export'],
    ['GET', '/proofs/entries/1'],
    ['GET', '/proofs/entries/999999'],
    ['GET', '/proofs/consistency?from=1&to=1'],
    ['GET', '/retention'],
    ['PUT', '/retention', { days: 1 }],
    ['POST', '/erasures', { account: 'user:77' }],
    ['GET', '/witnesses'],
    ['PUT', '/witnesses/a', WEBHOOK],
    ['DELETE', '/witnesses/a'],
  ] as const)('is for administrators: %s %s', async (method, path, body?: object) => {
    for (const [who, status] of [
      [ANONYMOUS, 401],
      [USER, 403],
      [{ kind: 'robot', id: 1, name: 'robot$ci' } as Principal, 403],
    ] as const) {
      principal = who;
      expect((await send(method, path, body)).statusCode).toBe(status);
    }
  });

  it('signs what there is, proves it, and shows that it has grown', async () => {
    await append(300);
    const first = (await send('POST', '/checkpoint')).json();
    expect(first.size).toBeGreaterThan(300);
    expect(await get('/checkpoint')).toEqual(first);
    await append(20);
    const second = (await send('POST', '/checkpoint')).json();
    const growth = await get(`/proofs/consistency?from=${first.size}&to=${second.size}`);
    const bytes = (text: string) => Buffer.from(text, 'hex');
    const claim = { ...growth, fromRoot: bytes(growth.fromRoot), toRoot: bytes(growth.toRoot) };
    expect(isConsistent(claim, growth.hashes.map(bytes))).toBe(true);
    const [{ id }] = (await test.database.reader.selectFrom('journal').select('id').limit(1).execute()) as [
      { id: number },
    ];
    const proof = await get(`/proofs/entries/${id}`);
    expect(proof).toMatchObject({ id, size: second.size });
    expect(
      isIncluded({ ...proof, leafHash: bytes(proof.leafHash), root: bytes(proof.root) }, proof.hashes.map(bytes)),
    ).toBe(true);
    expect((await send('GET', '/proofs/entries/999999')).statusCode).toBe(404);
    expect((await send('GET', `/proofs/consistency?from=1&to=${second.size + 1}`)).statusCode).toBe(422);
  });

  it('is exported as a whole, and verifies with its key', async () => {
    await append(600);
    const answer = await send('GET', '/export');
    expect(answer.headers['content-type']).toContain('application/x-ndjson');
    const report = verifyLines(answer.body.trimEnd().split('\n'));
    expect(report).toMatchObject({ isWhole: true, origin: 'roadstead/main' });
    expect(report.signedSize).toBe(report.size);
    expect(report.keys).toEqual((await get('/keys')).map(({ key }: { key: string }) => key));
  });

  it('is signed by another key when somebody wants it, and what the one before has signed stays right', async () => {
    await append(20);
    const before = (await send('POST', '/checkpoint')).json();
    const [first] = await get('/keys');
    await append(20);
    test.clock.advance(1_000);
    const answer = await send('POST', '/keys');
    expect(answer.statusCode).toBe(201);
    const second = answer.json();
    expect(second).toMatchObject({ retiredAt: null });
    expect(second.key).not.toBe(first.key);
    const keys = await get('/keys');
    expect(keys).toMatchObject([{ id: first.id, retiredAt: expect.any(String) }, second]);
    await append(20);
    const after = (await send('POST', '/checkpoint')).json();
    const lines = (await send('GET', '/export')).body.trimEnd().split('\n');
    const parsed = [first, second].map(({ key }: { key: string }) => parseVerifierKey(key));
    const witnesses = [before.note, after.note];
    expect(verifyLines(lines, { witnesses })).toMatchObject({ isWhole: true, witnessed: 2 });
    expect(verifyLines(lines, { keys: parsed, witnesses })).toMatchObject({ isWhole: true, witnessed: 2 });
    // Who keeps the first key alone is told that another one signs.
    const alone = verifyLines(lines, { keys: parsed.slice(0, 1) });
    expect(new Set(alone.findings.map(({ kind }) => kind))).toEqual(new Set(['signature']));
    const told = await test.database.reader
      .selectFrom('journal')
      .select(['actor', 'detail'])
      .where('kind', '=', 'audit-key.created')
      .orderBy('id')
      .execute();
    expect(told.map(({ actor, detail }) => [actor, JSON.parse(detail)])).toEqual([
      ['system:audit-log', { id: first.id, publicKey: first.key, replaces: null }],
      ['user:1', { id: second.id, publicKey: second.key, replaces: first.id }],
    ]);
  });

  it('keeps witnesses without showing what is secret of them', async () => {
    expect((await send('PUT', '/witnesses/hook', WEBHOOK)).statusCode).toBe(204);
    expect((await send('PUT', '/witnesses/bucket', BUCKET)).statusCode).toBe(204);
    const listed = await get('/witnesses');
    expect(listed).toMatchObject([
      {
        name: 'bucket',
        kind: 's3',
        settings: { bucket: 'witness', accessKeyId: 'AKID' },
        deliveredSize: 0,
        error: null,
      },
      { name: 'hook', kind: 'webhook', settings: { origin: 'https://hooks.example' } },
    ]);
    const rows = await test.database.reader.selectFrom('audit_witnesses').selectAll().execute();
    const journal = await test.database.reader.selectFrom('journal').selectAll().execute();
    expect(JSON.stringify(listed)).not.toContain(CANARY);
    expect(JSON.stringify(journal)).not.toContain(CANARY);
    expect(rows.some(({ secret, settings }) => settings.includes(CANARY) || secret?.includes(CANARY))).toBe(false);
    for (const [name, body] of [
      ['hook', { ...WEBHOOK, url: 'http://hooks.example' }],
      ['hook', { ...WEBHOOK, url: 'https://a:b@hooks.example' }],
      ['hook', { ...WEBHOOK, authorization: 'a\r\nb' }],
      ['hook', { ...WEBHOOK, more: 1 }],
      ['file', WEBHOOK],
      ['A b', WEBHOOK],
      ['x', { kind: 'file' }],
    ] as const)
      expect(
        (await send('PUT', `/witnesses/${encodeURIComponent(name)}`, body)).statusCode,
        name,
      ).toBeGreaterThanOrEqual(400);
    expect((await send('DELETE', '/witnesses/hook')).statusCode).toBe(204);
    expect((await send('DELETE', '/witnesses/hook')).statusCode).toBe(404);
    expect((await send('DELETE', '/witnesses/bucket')).statusCode).toBe(204);
  });

  it('keeps entries for as many days as it is told to', async () => {
    expect(await get('/retention')).toEqual({ days: null });
    expect((await send('PUT', '/retention', { days: 30 })).json()).toEqual({ days: 30 });
    expect(await get('/retention')).toEqual({ days: 30 });
    for (const days of [true, '1', -1, 1.5, undefined])
      expect((await send('PUT', '/retention', { days })).statusCode).toBeGreaterThanOrEqual(400);
    expect((await send('PUT', '/retention', { days: null })).json()).toEqual({ days: null });
  });

  it('forgets who has no account any more, and nobody else', async () => {
    principal = { ...USER, id: 77 };
    await append(2);
    principal = OPERATOR.principal;
    await append(1);
    expect((await send('POST', '/erasures', { account: 'user:77' })).json()).toEqual({ account: 'user:77', erased: 2 });
    const report = verifyLines((await send('GET', '/export')).body.trimEnd().split('\n'));
    expect(report).toMatchObject({ isWhole: true, erased: 2 });
    const requested = await test.database.reader
      .selectFrom('journal')
      .select(['actor', 'detail'])
      .where('kind', '=', 'audit.erasure-requested')
      .execute();
    expect(requested).toMatchObject([{ actor: 'user:1', detail: expect.stringContaining('"user:77"') }]);
    for (const [account, status] of [
      ['robot:1', 422],
      ['system:audit-log', 422],
      ['user:0', 422],
      ['carol', 404],
      ['', 422],
      [7, 404],
    ] as const)
      expect((await send('POST', '/erasures', { account })).statusCode, `${account}`).toBe(status);
    expect((await send('POST', '/erasures')).statusCode).toBe(422);
  });
});
