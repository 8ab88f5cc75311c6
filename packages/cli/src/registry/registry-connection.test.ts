import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { ANN, openTestConnection } from '../../test/support/open-test-connection.ts';
import { type HttpFixture, type SeenRequest, serveHttp } from '../../test/support/serve-http.ts';
import { EXIT_CODE } from '../exit-code.ts';

const PULL = 'repository:acme/app:pull';

/** A registry that takes the tokens of its own token service; a token is the scopes that it is for. */
async function serveRegistry(needed: string, realm?: string): Promise<HttpFixture> {
  const fixture: HttpFixture = await serveHttp((request, response) => {
    const url = new URL(request.url, fixture.origin);
    if (url.pathname === '/token') return answerToken(request, response, url);
    const [, granted] = /^Bearer (.*)$/.exec(request.headers.authorization ?? '') ?? [];
    const isEnough = granted !== undefined && (url.pathname === '/v2/' || atob(granted).includes(needed));
    if (isEnough) {
      response.end('content');
      return;
    }
    const error = granted === undefined ? '' : ',error="insufficient_scope"';
    const challenge = `Bearer realm="${realm ?? `${fixture.origin}/token`}",service="reg",scope="${needed}"${error}`;
    response.writeHead(401, { 'www-authenticate': challenge }).end();
  });
  return fixture;
}

function answerToken(request: SeenRequest, response: ServerResponse, url: URL): void {
  const { authorization } = request.headers;
  if (authorization !== undefined && authorization !== `Basic ${btoa('ann:secret')}`) {
    response.writeHead(401).end();
    return;
  }
  response.end(JSON.stringify({ token: btoa(url.searchParams.getAll('scope').join(' ')), expires_in: 300 }));
}

function tokenRequests(fixture: HttpFixture): readonly SeenRequest[] {
  return fixture.requests.filter((request) => request.url.startsWith('/token'));
}

test('a token is asked for once and used again until shortly before it ends', async () => {
  await using registry = await serveRegistry(PULL);
  let nowMs = 0;
  const connection = openTestConnection(registry, { credentials: ANN, nowMs: () => nowMs });
  const request = { method: 'GET', target: '/v2/acme/app/tags/list', scopes: [PULL] };
  for (const timeMs of [0, 1000, 289_000]) {
    nowMs = timeMs;
    expect((await connection.send(request)).status).toBe(200);
  }
  expect(tokenRequests(registry)).toHaveLength(1);
  expect(tokenRequests(registry)[0]?.url).toBe('/token?service=reg&scope=repository%3Aacme%2Fapp%3Apull&account=ann');
  nowMs = 291_000;
  expect((await connection.send(request)).status).toBe(200);
  expect(tokenRequests(registry)).toHaveLength(2);
});

test('transfers side by side share one token request', async () => {
  await using registry = await serveRegistry(PULL);
  const connection = openTestConnection(registry, { credentials: ANN });
  const request = { method: 'GET', target: '/v2/acme/app/tags/list', scopes: [PULL] };
  await Promise.all([connection.send(request), connection.send(request), connection.send(request)]);
  expect(tokenRequests(registry)).toHaveLength(1);
});

test('after insufficient_scope a token with the scope of the challenge is asked for', async () => {
  const needed = 'repository:acme/base:pull';
  await using registry = await serveRegistry(needed);
  const connection = openTestConnection(registry, { credentials: ANN });
  const response = await connection.send({ method: 'GET', target: '/v2/acme/app/x', scopes: [PULL] });
  expect(response.status).toBe(200);
  const scopes = tokenRequests(registry).map(({ url }) => new URL(url, registry.origin).searchParams.get('scope'));
  expect(scopes).toEqual([PULL, `${PULL} ${needed}`]);
});

test('without credentials an anonymous token is asked for', async () => {
  await using registry = await serveRegistry(PULL);
  const connection = openTestConnection(registry);
  expect((await connection.send({ method: 'GET', target: '/v2/acme/app/x', scopes: [PULL] })).status).toBe(200);
  expect(tokenRequests(registry)[0]?.headers.authorization).toBeUndefined();
});

test('credentials are not sent to a token service on another host, unless it is trusted', async () => {
  await using elsewhere = await serveRegistry('');
  await using registry = await serveRegistry(PULL, `${elsewhere.origin}/token`);
  const request = { method: 'GET', target: '/v2/acme/app/x', scopes: [PULL] };
  await expect(openTestConnection(registry, { credentials: ANN }).send(request)).rejects.toMatchObject({
    exitCode: EXIT_CODE.authentication,
    remedy: expect.stringContaining(`--trust-realm ${elsewhere.host}`),
  });
  expect(elsewhere.requests).toEqual([]);
  const trusting = openTestConnection(registry, { credentials: ANN, trustedRealms: [elsewhere.host] });
  expect((await trusting.send(request)).status).toBe(200);
});

test('a wrong password ends with exit code 4 and is sent once', async () => {
  await using registry = await serveRegistry(PULL);
  const credentials = { kind: 'password', username: 'ann', password: 'wrong' } as const;
  const connection = openTestConnection(registry, { credentials });
  const sent = connection.send({ method: 'GET', target: '/v2/acme/app/x', scopes: [PULL] });
  await expect(sent).rejects.toMatchObject({ exitCode: EXIT_CODE.authentication });
  expect(tokenRequests(registry)).toHaveLength(1);
});

test('a refresh token goes to the token service in a POST and never to the registry', async () => {
  await using registry = await serveHttp((request, response) => {
    if (request.url === '/token') response.end(JSON.stringify({ access_token: 'short' }));
    else if (request.headers.authorization === 'Bearer short') response.end();
    else
      response
        .writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token",service="s"` })
        .end();
  });
  const connection = openTestConnection(registry, { credentials: { kind: 'refresh-token', token: 'long lived' } });
  const scopes = [PULL, 'repository:acme/base:pull'];
  expect((await connection.send({ method: 'GET', target: '/v2/acme/app/x', scopes })).status).toBe(200);
  const [asked] = registry.requests.filter(({ url }) => url === '/token');
  expect(asked?.method).toBe('POST');
  expect(Object.fromEntries(new URLSearchParams(asked?.body?.toString()))).toMatchObject({
    grant_type: 'refresh_token',
    refresh_token: 'long lived',
    service: 's',
    scope: scopes.join(' '),
  });
});

test('a registry with Basic gets it, and a refused one is not sent again', async () => {
  await using registry = await serveHttp((request, response) => {
    if (request.headers.authorization === `Basic ${btoa('ann:secret')}`) response.end();
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
  });
  const request = { method: 'GET', target: '/v2/acme/app/x', scopes: [PULL] };
  expect((await openTestConnection(registry, { credentials: ANN }).send(request)).status).toBe(200);
  const before = registry.requests.length;
  const wrong = { kind: 'password', username: 'ann', password: 'wrong' } as const;
  await expect(openTestConnection(registry, { credentials: wrong }).send(request)).rejects.toMatchObject({
    exitCode: 4,
  });
  const sent = registry.requests.slice(before).filter(({ headers }) => headers.authorization !== undefined);
  expect(sent).toHaveLength(1);
});

test('an upload location on another server is used without what opens the registry', async () => {
  await using storage = await serveHttp((_request, response) => response.writeHead(201).end());
  await using registry = await serveRegistry(PULL);
  const connection = openTestConnection(registry, { credentials: ANN });
  await connection.send({ method: 'PUT', target: new URL(`${storage.origin}/bucket?signed=1`), scopes: [PULL] });
  expect(storage.requests[0]?.headers.authorization).toBeUndefined();
});

test('a location that names the same server with another scheme stays on the scheme in use', async () => {
  await using registry = await serveRegistry(PULL);
  const connection = openTestConnection(registry);
  expect(connection.resolve(`https://${registry.host}/v2/x?y=1`).href).toBe(`${registry.origin}/v2/x?y=1`);
  expect(connection.resolve('https://storage.example.com/v2/x').origin).toBe('https://storage.example.com');
});
