import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestRuntime } from '../test/support/create-test-runtime.ts';
import type { SavedServer } from './contexts/context-file.ts';
import { createContextStore } from './contexts/context-store.ts';
import { EXIT_CODE } from './exit-code.ts';
import type { GlobalOptions } from './global-options.ts';
import { Session } from './session.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'roadstead-session-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function createSession(options: GlobalOptions = {}, saved: readonly SavedServer[] = [], password = '') {
  const { runtime, stdin, output } = createTestRuntime({ env: { XDG_CONFIG_HOME: folder } });
  stdin.end(password);
  for (const server of saved) await createContextStore(runtime).saveServer(server, { makeCurrent: true });
  return { session: new Session(runtime, options), output };
}

test('a reference without a server is on the one of --server, or else on the saved one', async () => {
  const saved = [{ host: 'saved.example' }];
  const { session } = await createSession({}, saved);
  expect(await session.parseReference('acme/app:1')).toEqual({
    registry: 'saved.example',
    repository: 'acme/app',
    tag: '1',
  });
  const { session: other } = await createSession({ server: 'https://given.example:5000' }, saved);
  expect((await other.parseReference('acme/app')).registry).toBe('given.example:5000');
  expect((await other.parseReference('127.0.0.1:1/acme/app')).registry).toBe('127.0.0.1:1');
});

test('without any server the user is told how to name one', async () => {
  const { session } = await createSession();
  await expect(session.parseReference('acme/app')).rejects.toMatchObject({
    exitCode: EXIT_CODE.usage,
    remedy: expect.stringContaining('roadstead login'),
  });
});

test.each(['', 'Acme/app', 'acme/app:', 'acme/app@sha256:1', 'https://h/acme/app', 'acme//app'])(
  'the reference %j is a usage error',
  async (text) => {
    const { session } = await createSession({ server: 'localhost:1' });
    await expect(session.parseReference(text)).rejects.toMatchObject({ exitCode: EXIT_CODE.usage });
  },
);

test('nothing is shown of what may be a password in a reference', async () => {
  const { session } = await createSession({ server: 'localhost:1' });
  for (const text of [
    'https://user:Secret@host/acme/app',
    'user:Secret@host/acme/app:1',
    'user:Sec@ret@host/acme/app',
  ]) {
    await expect(session.parseReference(text)).rejects.toMatchObject({
      message: 'a reference is written without a user name and a password',
    });
  }
});

test('the scheme that was saved or given with --server holds for references too', async () => {
  const saved = [{ host: 'localhost:8443', scheme: 'https' } as const];
  const { session } = await createSession({ server: 'http://localhost:8080' }, saved);
  expect((await session.findAddress('localhost:8443')).address.origin).toBe('https://localhost:8443');
  expect((await session.findAddress('localhost:8080')).address.origin).toBe('http://localhost:8080');
  const { session: secure } = await createSession({ server: 'https://localhost:9443' });
  expect((await secure.findAddress('localhost:9443')).address.origin).toBe('https://localhost:9443');
});

test('--username and its password go to one server only', async () => {
  const options = { server: 'localhost:1', username: 'ann', passwordStdin: true };
  const saved = [{ host: 'localhost:2', username: 'bob', secret: 'b' }, { host: 'localhost:3' }];
  const { session } = await createSession(options, saved, 'secret\n');
  const credentialsOf = async (host: string) => (await session.connect(host)).credentials;
  expect(await credentialsOf('localhost:2')).toEqual({ kind: 'password', username: 'bob', password: 'b' });
  expect(await credentialsOf('localhost:3')).toBeUndefined();
  expect(await credentialsOf('localhost:1')).toEqual({ kind: 'password', username: 'ann', password: 'secret' });
});

test('an identity token that docker saved is kept apart from passwords', async () => {
  const { session } = await createSession({}, [{ host: 'localhost:1', username: '<token>', secret: 't' }]);
  expect((await session.connect()).credentials).toEqual({ kind: 'refresh-token', token: 't' });
});

test('a password without a terminal has to come from stdin', async () => {
  const { session } = await createSession({ server: 'localhost:1', username: 'ann' });
  await expect(session.connect()).rejects.toMatchObject({ exitCode: EXIT_CODE.usage });
  await expect(createSession({ passwordStdin: true })).rejects.toThrow('--password-stdin needs --username');
});

test('--insecure is warned about, also when it is quiet', async () => {
  const { output } = await createSession({ insecure: true, quiet: true });
  expect(output.stderr).toContain('not verified');
});
