import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { RegistryClient } from './support/registry-client.ts';
import { digestOf, freshBytes } from './support/sample-content.ts';

const run = promisify(execFile);

describe('the TLS listener', () => {
  let folder: string;
  let registry: OpenRegistry;
  let client: RegistryClient;
  const files = () => ({ cert: path.join(folder, 'tls.crt'), key: path.join(folder, 'tls.key') });

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'roadstead-tls-'));
    await Promise.all(['first', 'second', 'third'].map(makeCertificate));
    await use('first');
    registry = await openRegistry({ env: { ROADSTEAD_TLS_CERT: files().cert, ROADSTEAD_TLS_KEY: files().key } });
    client = RegistryClient.withBasic(registry.url, ADMIN);
    await client.createProject('team');
  });
  afterAll(async () => {
    await registry?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('offers the certificate that clients have to trust', async () => {
    const answer = await client.get('/api/v2.0/systeminfo/getcert');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-disposition']).toBe('attachment; filename=ca.crt');
    expect(answer.text).toBe(await readFile(files().cert, 'utf8'));
  });

  async function makeCertificate(name: string) {
    const [cert, key] = [path.join(folder, `${name}.crt`), path.join(folder, `${name}.key`)];
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
    await run('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      cert,
      ...subject,
    ]);
  }

  /** The key first: in between the pair does not fit, and the old one must stay. */
  async function use(name: string) {
    await copyFile(path.join(folder, `${name}.key`), files().key);
    await copyFile(path.join(folder, `${name}.crt`), files().cert);
  }

  /** The name in the certificate that a new connection sees. */
  function seenCertificate(): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const agent = new Agent({ rejectUnauthorized: false, maxCachedSessions: 0 });
    const asked = request(`${registry.url}/healthz`, { agent }, (response) => {
      const socket = response.socket as import('node:tls').TLSSocket;
      resolve(String(socket.getPeerCertificate().subject?.CN));
      response.resume().on('end', () => agent.destroy());
    });
    asked.on('error', reject).end();
    return promise;
  }

  it('serves the registry under https, and names itself so in realms', async () => {
    expect(registry.url).toMatch(/^https:/);
    const bytes = freshBytes(200_000);
    const digest = await client.pushBlob('team/app', bytes);
    expect((await client.get(`/v2/team/app/blobs/${digest}`)).body.equals(bytes)).toBe(true);
    const answer = await registry.anonymous.get('/v2/');
    expect(answer.headers['www-authenticate']).toContain(`realm="${registry.url}/service/token"`);
  });

  it('takes up a new certificate while requests go on, and drops none of them', async () => {
    expect(await seenCertificate()).toBe('first');
    const bytes = freshBytes(50_000);
    const digest = await client.pushBlob('team/app', bytes);
    let stopped = false;
    let answered = 0;
    const load = Array.from({ length: 4 }, async () => {
      while (!stopped) {
        const answer = await client.get(`/v2/team/app/blobs/${digest}`);
        expect(answer.body.equals(bytes)).toBe(true);
        answered += 1;
      }
    });
    const upload = slowUpload();
    await use('second');
    registry.server.reloadTls();
    expect(await seenCertificate()).toBe('second');
    await use('third');
    // Without being told: the files are looked at once a second.
    await expect.poll(seenCertificate, { timeout: 10_000, interval: 200 }).toBe('third');
    stopped = true;
    await Promise.all(load);
    expect(answered).toBeGreaterThan(4);
    await upload;
  });

  it('keeps the old certificate when the new files cannot be used, and says so in the log', async () => {
    const before = await seenCertificate();
    await writeFile(files().cert, 'no certificate');
    registry.server.reloadTls();
    await copyFile(path.join(folder, 'first.crt'), files().cert);
    registry.server.reloadTls();
    expect(await seenCertificate()).toBe(before);
    const complaints = registry.logLines.filter((line) => line.includes('the old ones stay'));
    expect(complaints.length).toBeGreaterThanOrEqual(2);
    expect(complaints.join()).not.toContain('PRIVATE KEY');
    await use('first');
    registry.server.reloadTls();
    expect(await seenCertificate()).toBe('first');
  });

  /** An upload on one connection that lasts longer than the change of certificates. */
  async function slowUpload() {
    const bytes = freshBytes(3_000);
    const location = await client.startUpload('team/app');
    const pieces = async function* () {
      for (let start = 0; start < bytes.length; start += 1_000) {
        yield bytes.subarray(start, start + 1_000);
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    };
    expect((await client.patch(location, pieces())).status).toBe(202);
    expect((await client.put(`${location}?digest=${digestOf(bytes)}`)).status).toBe(201);
  }
});
