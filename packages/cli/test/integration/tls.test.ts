import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSelfSignedCertificate } from '../../../server/test/support/create-self-signed-certificate.ts';
import { listenLocally } from '../../../server/test/support/listen-locally.ts';
import { createCli } from '../support/run-cli.ts';

const DAY_MS = 86_400_000;

let folder: string;
let server: Server;
let host: string;
let authority: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'roadstead-cli-tls-'));
  const { certPem, keyPem } = createSelfSignedCertificate({
    name: 'localhost',
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
  });
  authority = path.join(folder, 'ca.pem');
  await writeFile(authority, certPem);
  server = createServer({ cert: certPem, key: keyPem }, (_request, response) => {
    response.end('{"repositories":["acme/app"],"tags":["1"]}');
  });
  host = `localhost:${await listenLocally(server)}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

test('a certificate that nobody vouches for ends with exit code 5 and names --ca-cert', async () => {
  const { exitCode, stderr } = await createCli(path.join(folder, 'config')).run(['ls', '--server', `https://${host}`]);
  expect(exitCode).toBe(5);
  expect(stderr).toContain('--ca-cert');
});

test('--ca-cert is remembered by login, with the scheme', async () => {
  const cli = createCli(path.join(folder, 'remembered'));
  const login = ['login', `https://${host}`, '--username', 'ann', '--password-stdin', '--ca-cert', authority];
  expect(await cli.run(login, 'secret')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await cli.run(['tags', `${host}/acme/app`])).toMatchObject({ exitCode: 0, stdout: '1\n', stderr: '' });
  const saved = JSON.parse(await readFile(path.join(folder, 'remembered/roadstead/config.json'), 'utf8'));
  expect(saved.servers[host]).toMatchObject({ scheme: 'https', caCert: authority });
});

test('--insecure works, with one warning, and is not remembered', async () => {
  const cli = createCli(path.join(folder, 'insecure'));
  const login = ['login', host, '--username', 'ann', '--password-stdin', '--insecure'];
  const { exitCode, stderr } = await cli.run(login, 'secret');
  expect(exitCode).toBe(0);
  expect(stderr.trim().split('\n')).toEqual([expect.stringContaining('certificates are not verified')]);
  expect((await cli.run(['ls'])).exitCode).toBe(5);
});

test('a file without a certificate is a usage error', async () => {
  const empty = path.join(folder, 'empty.pem');
  await writeFile(empty, '');
  const cli = createCli(path.join(folder, 'config'));
  expect((await cli.run(['ls', '--server', host, '--ca-cert', empty])).exitCode).toBe(2);
  expect((await cli.run(['ls', '--server', host, '--ca-cert', `${empty}.absent`])).exitCode).toBe(2);
});
