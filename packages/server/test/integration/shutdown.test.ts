import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { digestOf, freshBytes } from './support/sample-content.ts';

describe('a server that is told to stop', () => {
  let registry: OpenRegistry;

  beforeEach(async () => {
    const env = { ROADSTEAD_SHUTDOWN_DELAY: '300ms', ROADSTEAD_SHUTDOWN_GRACE: '10s' };
    registry = await openRegistry({ env, blobs: { kind: 'files' } });
    await registry.admin.createProject('team');
  });
  afterEach(() => registry?.close());

  /** A PATCH whose body goes on until `finish` is called. */
  async function beginUpload() {
    const bytes = freshBytes(2_000);
    const location = await registry.admin.startUpload('team/app');
    const {
      promise: answer,
      resolve,
      reject,
    } = Promise.withResolvers<{ status: number | undefined; connection: string | undefined }>();
    const patch = request(`${registry.url}${location}`, {
      method: 'PATCH',
      headers: { authorization: registry.authorization },
      agent: new Agent({ keepAlive: true }),
    });
    patch.on('error', reject);
    patch.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode, connection: response.headers.connection }));
    });
    await new Promise((resolveWrite) => patch.write(bytes.subarray(0, 1_000), resolveWrite));
    await expect.poll(() => registry.store.listUploads().then((found) => found.length)).toBe(1);
    return { bytes, location, answer, finish: () => patch.end(bytes.subarray(1_000)) };
  }

  it('turns its readiness off first, and still answers', async () => {
    expect((await registry.anonymous.get('/readyz')).status).toBe(200);
    const stopped = registry.server.stop();
    const ready = await registry.anonymous.get('/readyz');
    expect([ready.status, JSON.parse(ready.text)]).toEqual([503, { status: 'stopping' }]);
    expect(ready.headers.connection).toBe('close');
    expect((await registry.anonymous.get('/healthz')).status).toBe(200);
    expect((await registry.admin.get('/v2/')).status).toBe(200);
    await stopped;
    await expect(registry.admin.get('/v2/')).rejects.toThrow('ECONNREFUSED');
  });

  it('lets an upload under way finish, takes nothing new, and keeps what it acknowledged', async () => {
    const upload = await beginUpload();
    const stopped = registry.server.stop();
    await expect
      .poll(() =>
        registry.admin.get('/healthz').then(
          () => 'open',
          (error: Error) => error.message,
        ),
      )
      .toContain('ECONNREFUSED');
    upload.finish();
    expect(await upload.answer).toEqual({ status: 202, connection: 'close' });
    await stopped;
    await registry.restart();
    const closed = await registry.admin.put(`${upload.location}?digest=${digestOf(upload.bytes)}`);
    expect(closed.status).toBe(201);
  });

  it('closes connections that idle, and is done without waiting for the grace', async () => {
    const idle = await openIdleConnection();
    const startedAt = performance.now();
    const ended = new Promise((resolve) => idle.once('close', resolve));
    await registry.server.stop();
    await ended;
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('cuts off what does not end within the grace, and the acknowledged part of the upload lives on', async () => {
    await registry.restart({ ROADSTEAD_SHUTDOWN_GRACE: '1s', ROADSTEAD_SHUTDOWN_DELAY: '0s' });
    const upload = await beginUpload();
    const outcome = upload.answer.catch((error: Error) => error.message);
    await registry.restart();
    expect(await outcome).toMatch(/hang up|ECONNRESET|aborted/);
    expect((await registry.admin.get(upload.location)).headers.range).toBe('0-0');
    expect((await registry.admin.put(`${upload.location}?digest=${digestOf(upload.bytes)}`, upload.bytes)).status).toBe(
      201,
    );
  });

  it('may be told twice', async () => {
    await Promise.all([registry.server.stop(), registry.server.stop()]);
    await expect(registry.admin.get('/v2/')).rejects.toThrow('ECONNREFUSED');
  });

  /** A connection on which one request was answered. */
  async function openIdleConnection(): Promise<Socket> {
    const { hostname, port } = new URL(registry.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.resume();
    return socket;
  }
});
