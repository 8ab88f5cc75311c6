import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ContextStore, createContextStore } from '../contexts/context-store.ts';
import { runCredentialHelper } from './credential-helper.ts';

let folder: string;
let store: ContextStore;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'roadstead-helper-'));
  store = createContextStore({ env: { XDG_CONFIG_HOME: folder }, sleepMs: async () => {} });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (action: string, input = '') => runCredentialHelper(store, action, input);
const stored = (ServerURL: string, Username = 'ann') => JSON.stringify({ ServerURL, Username, Secret: 's' });

test('docker finds its hub again under the URL that it uses', async () => {
  const hub = 'https://index.docker.io/v1/';
  expect(await run('store', stored(hub))).toEqual({ output: '', exitCode: 0 });
  expect(JSON.parse((await run('get', `${hub}\n`)).output)).toEqual({ ServerURL: hub, Username: 'ann', Secret: 's' });
  expect((await run('list')).output).toBe(`{"${hub}":"ann"}`);
  expect((await store.read()).servers[0]?.host).toBe('index.docker.io');
});

test('a login that docker stores keeps the certificate and the scheme that roadstead has saved', async () => {
  await store.saveServer(
    { host: 'a:5000', scheme: 'https', caCert: '/ca.pem', username: 'x', secret: 'y' },
    { makeCurrent: true },
  );
  await run('store', stored('a:5000', '<token>'));
  expect((await store.read()).servers).toEqual([
    { host: 'a:5000', scheme: 'https', caCert: '/ca.pem', username: '<token>', secret: 's' },
  ]);
});

test('docker is told in its own words that there is nothing', async () => {
  expect(await run('get', 'a')).toEqual({ output: 'credentials not found in native keychain', exitCode: 1 });
  expect(await run('get', ' ')).toEqual({ output: 'no credentials server URL', exitCode: 1 });
  expect(await run('store', stored(''))).toEqual({ output: 'no credentials server URL', exitCode: 1 });
  expect(await run('store', stored('a', ''))).toEqual({ output: 'no credentials username', exitCode: 1 });
  expect(await run('list')).toEqual({ output: '{}', exitCode: 0 });
  expect(await run('erase', 'a')).toEqual({ output: '', exitCode: 0 });
  expect(await run('dance')).toMatchObject({ exitCode: 1 });
});
