import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ContextStore, createContextStore } from './context-store.ts';

let folder: string;
let store: ContextStore;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'roadstead-contexts-'));
  const sleepMs = async (ms: number) => void (await setTimeout(ms));
  store = createContextStore({ env: { XDG_CONFIG_HOME: path.join(folder, 'config') }, sleepMs });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('nothing is saved at first', async () => {
  expect(await store.read()).toEqual({ servers: [] });
  expect(await store.removeServer('a')).toBe(false);
});

test('what is saved can be read back, by its owner only', async () => {
  const server = {
    host: 'a.example:5000',
    scheme: 'https',
    username: 'ann',
    secret: 'sécret "quoted"',
    caCert: '/ca.pem',
    trustedRealms: ['auth.example'],
  } as const;
  await store.saveServer(server, { makeCurrent: true });
  expect(await store.read()).toEqual({ current: 'a.example:5000', servers: [server] });
  expect((await stat(store.file)).mode & 0o777).toBe(0o600);
  expect((await stat(path.dirname(store.file))).mode & 0o777).toBe(0o700);
});

test('a file that others could read is closed to them by the next save', async () => {
  await store.saveServer({ host: 'a' }, { makeCurrent: true });
  await writeFile(store.file, await readFile(store.file), { mode: 0o644 });
  await store.saveServer({ host: 'b' }, { makeCurrent: true });
  expect((await stat(store.file)).mode & 0o777).toBe(0o600);
});

test('twenty saves at once all arrive', async () => {
  const hosts = Array.from({ length: 20 }, (_, number) => `host-${number}`);
  await Promise.all(hosts.map((host) => store.saveServer({ host }, { makeCurrent: false })));
  expect((await store.read()).servers.map(({ host }) => host).sort()).toEqual(hosts.sort());
});

test('when the current server is removed, the one saved last becomes current', async () => {
  for (const host of ['a', 'b', 'c']) await store.saveServer({ host }, { makeCurrent: true });
  expect(await store.removeServer('c')).toBe(true);
  expect((await store.read()).current).toBe('b');
  await store.removeServer('a');
  await store.removeServer('b');
  expect(await store.read()).toEqual({ servers: [] });
});

test.each(['{', '[]', '{"version":2}'])('a file that holds %s is left alone and named', async (text) => {
  await store.saveServer({ host: 'a' }, { makeCurrent: true });
  await writeFile(store.file, text);
  await expect(store.saveServer({ host: 'b' }, { makeCurrent: true })).rejects.toThrow(store.file);
  expect(await readFile(store.file, 'utf8')).toBe(text);
});
