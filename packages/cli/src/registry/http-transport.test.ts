import { expect, test } from 'vitest';
import { createTestRuntime } from '../../test/support/create-test-runtime.ts';
import { serveHttp } from '../../test/support/serve-http.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { createHttpTransport } from './http-transport.ts';

function createTransport() {
  const { runtime, pausesMs } = createTestRuntime();
  return { transport: createHttpTransport({ ...runtime, userAgent: 'roadstead-cli/test' }), pausesMs };
}

test('an answer of 503 is repeated with growing pauses, and 429 as long as it asks', async () => {
  await using server = await serveHttp((_request, response, count) => {
    if (count === 1) response.writeHead(503).end();
    else if (count === 2) response.writeHead(429, { 'retry-after': '7' }).end();
    else response.end('done');
  });
  const { transport, pausesMs } = createTransport();
  const response = await transport.send({ method: 'GET', url: new URL(server.origin) });
  expect(await response.text()).toBe('done');
  expect(pausesMs).toEqual([200, 7000]);
});

test('a connection that breaks is replaced, and a body is sent again from its beginning', async () => {
  await using server = await serveHttp((request, response, count) => {
    if (count === 1) response.destroy();
    else response.end(request.body);
  });
  const { transport } = createTransport();
  const body = () => 'content';
  const response = await transport.send({ method: 'PUT', url: new URL(server.origin), body });
  expect(await response.text()).toBe('content');
  expect(server.requests).toHaveLength(2);
});

test('an error that stays is shown after five attempts, and answers below 500 are not repeated', async () => {
  await using server = await serveHttp((request, response) => {
    response.writeHead(request.url === '/broken' ? 500 : 404).end();
  });
  const { transport } = createTransport();
  expect((await transport.send({ method: 'GET', url: new URL('/broken', server.origin) })).status).toBe(500);
  expect(server.requests).toHaveLength(5);
  expect((await transport.send({ method: 'GET', url: new URL('/absent', server.origin) })).status).toBe(404);
  expect(server.requests).toHaveLength(6);
});

test('a pause of hours is not waited for', async () => {
  await using server = await serveHttp((_request, response) =>
    response.writeHead(429, { 'retry-after': '7200' }).end(),
  );
  const { transport, pausesMs } = createTransport();
  expect((await transport.send({ method: 'GET', url: new URL(server.origin) })).status).toBe(429);
  expect(pausesMs).toEqual([]);
});

test('a server that was never there fails at once with exit code 5', async () => {
  const server = await serveHttp(() => {});
  await server[Symbol.asyncDispose]();
  const { transport, pausesMs } = createTransport();
  const sent = transport.send({ method: 'GET', url: new URL(server.origin) });
  await expect(sent).rejects.toMatchObject({
    exitCode: EXIT_CODE.network,
    why: expect.stringContaining('ECONNREFUSED'),
  });
  expect(pausesMs).toEqual([]);
});

test('nothing may recode what is compared with its digest', async () => {
  await using server = await serveHttp((_request, response) => response.end());
  await createTransport().transport.send({ method: 'GET', url: new URL(server.origin) });
  expect(server.requests[0]?.headers).toMatchObject({
    'accept-encoding': 'identity',
    'user-agent': 'roadstead-cli/test',
  });
});
