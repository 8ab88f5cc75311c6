import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCode, readErrors, readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { digestOf, freshBytes, sampleImage } from './support/sample-content.ts';

describe('the registry API', () => {
  let registry: OpenRegistry;

  beforeAll(async () => {
    registry = await openRegistry({ env: { ROADSTEAD_CREATE_PROJECTS_ON_PUSH: 'true' } });
    await registry.admin.createProject('team');
  });
  afterAll(() => registry?.close());

  it('answers every error in the shape of the specification', async () => {
    const answers = await Promise.all([
      registry.anonymous.get('/v2/'),
      registry.admin.get('/v2/team/app/manifests/none'),
      registry.admin.get('/v2/team/app/nonsense'),
      registry.admin.get('/v2/Team/app/manifests/v1'),
      registry.admin.send('/v2/team/app/tags/list', { method: 'DELETE' }),
    ]);
    for (const answer of answers) {
      expect(answer.headers['content-type']).toBe('application/json');
      expect(answer.headers['docker-distribution-api-version']).toBe('registry/2.0');
      for (const { code, message } of readErrors(answer)) {
        expect(code).toMatch(/^[A-Z_]+$/);
        expect(message).toMatch(/^\S.+\.$/);
      }
    }
    expect(answers.map((answer) => answer.status)).toEqual([401, 404, 404, 400, 405]);
  });

  it.each([
    ['GET', '/v2/team/app/blobs/uploads/', 'POST'],
    ['PUT', '/v2/', 'GET, HEAD'],
    ['POST', '/v2/_catalog', 'GET, HEAD'],
    ['PATCH', '/v2/team/app/manifests/v1', 'GET, HEAD, PUT, DELETE'],
    ['PUT', `/v2/team/app/blobs/sha256:${'0'.repeat(64)}`, 'GET, HEAD, DELETE'],
    ['POST', '/v2/team/app/blobs/uploads/an-upload', 'GET, PATCH, PUT, DELETE'],
    ['PUT', `/v2/team/app/referrers/sha256:${'0'.repeat(64)}`, 'GET, HEAD'],
    ['OPTIONS', '/v2/team/app/tags/list', 'GET, HEAD'],
  ])('answers 405 with Allow to %s %s', async (method, path, allowed) => {
    const answer = await registry.admin.send(path, { method });
    expect([answer.status, errorCode(answer)]).toEqual([405, 'UNSUPPORTED']);
    expect(answer.headers.allow).toBe(allowed);
  });

  it.each([
    '/v2/team//app/manifests/v1',
    '/v2/team/../manifests/v1',
    '/v2/team/%2e%2e/manifests/v1',
    '/v2/team/app%2Fx/manifests/v1',
    `/v2/${'a'.repeat(256)}/manifests/v1`,
    '/v2/-team/app/manifests/v1',
    '/v2//manifests/v1',
  ])('refuses the repository name in %s', async (path) => {
    const answer = await registry.admin.get(path);
    expect([answer.status, errorCode(answer)]).toEqual([400, 'NAME_INVALID']);
  });

  it('takes route words in repository names, and a colon that was encoded', async () => {
    const image = sampleImage();
    const repository = 'team/manifests/blobs/uploads/tags/list';
    await registry.admin.pushImage(repository, 'v1', image);
    const encoded = image.digest.replace(':', '%3A');
    expect((await registry.admin.get(`/v2/${repository}/manifests/${encoded}`)).body.equals(image.bytes)).toBe(true);
    expect(readJson(await registry.admin.get(`/v2/${repository}/tags/list`))).toEqual({
      name: repository,
      tags: ['v1'],
    });
  });

  it('refuses a path that is too long with 414', async () => {
    const answer = await registry.admin.get(`/v2/team/app/manifests/${'x'.repeat(3_000)}`);
    expect([answer.status, errorCode(answer)]).toEqual([414, 'REQUEST_URI_TOO_LONG']);
  });

  it('makes a missing project for a push where the operator wants that, private, by who may create projects', async () => {
    const user = await registry.createUser('pusher');
    const allow = (projectCreation: string) =>
      registry.admin.put('/api/roadstead/v1/access-settings', JSON.stringify({ projectCreation }), {
        'Content-Type': 'application/json',
      });
    expect((await allow('administrators')).status).toBe(200);
    expect((await user.post('/v2/fresh/app/blobs/uploads/')).status).toBe(403);
    expect((await allow('everyone')).status).toBe(200);
    expect((await user.post('/v2/theirs/app/blobs/uploads/')).status).toBe(202);
    expect((await registry.admin.get('/api/v2.0/projects/fresh')).status).toBe(404);
    const client = await registry.clientWithScopes('repository:fresh/app:pull,push');
    const bytes = freshBytes();
    expect(await client.pushBlob('fresh/app', bytes)).toBe(digestOf(bytes));
    const project = readJson<{ metadata: { public: string } }>(await registry.admin.get('/api/v2.0/projects/fresh'));
    expect(project.metadata.public).toBe('false');
    expect((await registry.anonymous.get(`/v2/fresh/app/blobs/${digestOf(bytes)}`)).status).toBe(401);
    const names = Array.from({ length: 6 }, (_, index) => `burst/app-${index}`);
    await Promise.all(names.map((name) => registry.admin.pushBlob(name, freshBytes())));
    const made = (await registry.store.rows('projects')).filter((row) => row['name'] === 'burst');
    expect(made).toHaveLength(1);
  });

  it('reads credentials and refuses a body that nobody may send before the client has sent it (100-continue)', async () => {
    const head = (authorization: string) =>
      `POST /v2/team/app/blobs/uploads/?digest=${digestOf(Buffer.from('12345'))} HTTP/1.1\r\nHost: localhost\r\n` +
      `Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n${authorization}\r\n`;
    expect(await exchange(head(''))).toMatch(/^HTTP\/1\.1 401 /);
    const said = await exchange(head(`Authorization: ${registry.authorization}\r\n`), '12345');
    expect(said).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
  });

  it.each([
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n'],
    ['a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'],
    ['a length that is no number', 'Content-Length: five\r\n'],
    ['a head that is too large', `X-Large: ${'x'.repeat(1_000)}\r\n`.repeat(40)],
  ])('refuses a request with %s, and closes the connection', async (_what, headers) => {
    const said = await exchange(`POST /v2/team/app/blobs/uploads/ HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
    expect(said).toMatch(/^HTTP\/1\.1 4(00|31) /);
    expect(said).toContain('Connection: close');
    expect(JSON.parse(said.slice(said.indexOf('\r\n\r\n') + 4))).toMatchObject({
      errors: [{ code: expect.any(String) }],
    });
  });

  it('answers an unread body without resetting the connection before the answer is read', async () => {
    const large = Buffer.alloc(3_000_000);
    for (let round = 0; round < 5; round += 1) {
      const answer = await registry.anonymous.post('/v2/team/app/blobs/uploads/', large);
      expect(answer.status).toBe(401);
    }
  });

  /** Writes raw bytes (the second part after the server has said something) and reads until the end. */
  function exchange(first: string, second?: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const { hostname, port } = new URL(registry.url);
    const socket = connect(Number(port), hostname, () => socket.write(first));
    let said = '';
    socket.on('data', (piece) => {
      said += String(piece);
      if (second !== undefined && said === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write(second);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(said));
    return promise;
  }
});
