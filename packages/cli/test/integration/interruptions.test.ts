import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningRoadstead, startRoadstead } from '../../../server/test/support/start-roadstead.ts';
import { type Fault, type FaultyProxy, openFaultyProxy, type ProxiedRequest } from '../support/faulty-proxy.ts';
import { makeLayout, type TestLayout } from '../support/make-layout.ts';
import { type Cli, createCli } from '../support/run-cli.ts';

const LAYER_BYTES = 2_500_000;

let folder: string;
let server: RunningRoadstead;
let cli: Cli;
let layout: TestLayout;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'roadstead-cli-'));
  server = await startRoadstead();
  await server.createProject('acme');
  layout = await makeLayout(path.join(folder, 'layout'), { layerBytes: LAYER_BYTES });
  cli = createCli(path.join(folder, 'config'));
  await cli.run(['login', server.host, '--username', 'admin', '--password-stdin'], server.admin.password);
  expect(await cli.run(['push', layout.folder, 'acme/app:1'])).toMatchObject({ exitCode: 0 });
}, 60_000);

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A proxy in front of the server, with a saved login for it. */
async function openProxy(plan: (request: ProxiedRequest) => Fault | undefined): Promise<FaultyProxy> {
  const proxy = await openFaultyProxy(server.host, plan);
  // The server names its own address as the token service, which is another one than the proxy's.
  const login = ['login', proxy.host, '--username', 'admin', '--password-stdin', '--trust-realm', server.host];
  expect(await cli.run(login, server.admin.password)).toMatchObject({ exitCode: 0 });
  return proxy;
}

/** Lets the fault happen to the first request that matches. */
function once(
  matches: (request: ProxiedRequest) => boolean,
  fault: Fault,
): (request: ProxiedRequest) => Fault | undefined {
  let done = false;
  return (request) => {
    if (done || !matches(request)) return undefined;
    done = true;
    return fault;
  };
}

function isLayer(request: ProxiedRequest): boolean {
  return request.method === 'GET' && request.path.endsWith(layout.layers[0]?.digest ?? '');
}

async function expectWhole(location: string): Promise<void> {
  for (const { digest } of layout.layers) {
    const name = path.join('blobs/sha256', digest.slice(7));
    expect((await readFile(path.join(location, name))).equals(await readFile(path.join(layout.folder, name)))).toBe(
      true,
    );
  }
  expect((await readdir(location)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
}

test('a download whose connection breaks goes on from where it was', async () => {
  await using proxy = await openProxy(once(isLayer, { cutAnswerAfterBytes: 1_000_000 }));
  const target = path.join(folder, 'cut');
  expect(await cli.run(['pull', `${proxy.host}/acme/app:1`, target])).toMatchObject({ exitCode: 0, stderr: '' });
  const ranges = proxy.requests.filter(isLayer).map((request) => request.headers.range);
  expect(ranges).toEqual([undefined, expect.stringMatching(new RegExp(`^bytes=[1-9][0-9]*-${LAYER_BYTES - 1}$`))]);
  await expectWhole(target);
});

test('a pull that was killed goes on when it is started again', async () => {
  const target = path.join(folder, 'killed');
  const partial = path.join(target, '.roadstead-partial', (layout.layers[0]?.digest ?? '').replace(':', '-'));
  {
    await using proxy = await openProxy(once(isLayer, { stallAnswerAfterBytes: 1_000_000 }));
    const run = cli.start(['pull', `${proxy.host}/acme/app:1`, target, '--parallel', '1']);
    await proxy.stalled();
    await expect.poll(async () => (await stat(partial)).size, { timeout: 10_000 }).toBeGreaterThan(900_000);
    process.kill(-(run.child.pid ?? 0), 'SIGKILL');
    await run.result;
  }
  expect(await readdir(target)).not.toContain('index.json');
  await using proxy = await openProxy(() => undefined);
  expect(await cli.run(['pull', `${proxy.host}/acme/app:1`, target])).toMatchObject({ exitCode: 0, stderr: '' });
  expect(proxy.requests.filter(isLayer)).toMatchObject([
    { headers: { range: expect.stringMatching(/^bytes=9|^bytes=1/) } },
  ]);
  await expectWhole(target);
});

test('a chunk whose connection breaks is continued from what the server has', async () => {
  const isChunk = (request: ProxiedRequest) => request.method === 'PATCH';
  await using proxy = await openProxy(once(isChunk, { cutRequestAfterBytes: 700_000 }));
  const args = ['push', layout.folder, `${proxy.host}/acme/chunks:1`, '--chunk-size', '1', '--parallel', '1'];
  expect(await cli.run(args)).toMatchObject({ exitCode: 0, stderr: '' });
  const chunks = proxy.requests.filter(isChunk).map((request) => request.headers['content-range']);
  expect(chunks[0]).toBe('0-1048575');
  // Two layers of three chunks each, and one chunk that was begun twice.
  expect(chunks.length).toBeGreaterThanOrEqual(7);
  const statusRequests = proxy.requests.filter(
    ({ method, path: target }) => method === 'GET' && target.includes('/uploads/'),
  );
  expect(statusRequests.length).toBeGreaterThanOrEqual(1);
  expect(await cli.run(['pull', 'acme/chunks:1', path.join(folder, 'chunks'), '--server', server.host])).toMatchObject({
    exitCode: 0,
  });
  await expectWhole(path.join(folder, 'chunks'));
});

test('a whole upload whose connection breaks is begun anew', async () => {
  const isBody = (request: ProxiedRequest) =>
    request.method === 'PUT' && request.path.includes('/uploads/') && Number(request.headers['content-length']) > 1000;
  await using proxy = await openProxy(once(isBody, { cutRequestAfterBytes: 700_000 }));
  const args = ['push', layout.folder, `${proxy.host}/acme/whole:1`, '--parallel', '1', '--json'];
  const { exitCode, stdout } = await cli.run(args);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ pushed: [{ transferredBlobCount: 4 }] });
  expect(proxy.requests.filter(isBody)).toHaveLength(3);
});

test('content that was changed on the way ends with exit code 6 and is not kept', async () => {
  await using proxy = await openProxy((request) => (isLayer(request) ? { corruptAnswer: true } : undefined));
  const target = path.join(folder, 'corrupt');
  const { exitCode, stderr } = await cli.run(['pull', `${proxy.host}/acme/app:1`, target]);
  expect(exitCode).toBe(6);
  expect(stderr).toContain('is not what its digest says');
  const kept = await readdir(path.join(target, 'blobs/sha256')).catch(() => []);
  expect(kept).not.toContain(layout.layers[0]?.digest.slice(7));
  expect(await readdir(target)).not.toContain('index.json');
});

test('a password is not sent to a token service on another host that nobody trusted', async () => {
  await using proxy = await openFaultyProxy(server.host, () => undefined);
  const login = ['login', proxy.host, '--username', 'admin', '--password-stdin'];
  // Without the logins of the tests before: the system may give this proxy the port of one of theirs, which they trusted.
  const stranger = createCli(path.join(folder, 'stranger'));
  const { exitCode, stderr } = await stranger.run(login, server.admin.password);
  expect(exitCode).toBe(4);
  expect(stderr).toContain(`--trust-realm ${server.host}`);
});
