import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createDatabase, dropDatabase } from '../../../test/support/create-database.ts';
import { createSelfSignedCertificate } from '../../../test/support/create-self-signed-certificate.ts';
import { listenLocally } from '../../../test/support/listen-locally.ts';
import { readMasterKey } from '../../config/secrets.ts';
import { locateInstance } from '../../control-plane/instances/instance-location.ts';
import { createInstanceRegistry } from '../../control-plane/instances/instance-registry.ts';
import { assertMasterKeyFits } from '../../control-plane/master-key-check.ts';
import { openControlPlaneDatabase, openInstanceAsItIs, openInstanceDatabase } from '../../databases.ts';
import { INSTANCE_MIGRATIONS } from '../../db/instance/migrations.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import type { CommandContext } from '../command-context.ts';
import type { OpenBlobStorage } from './blob-storage-check.ts';
import { runDoctor } from './doctor.ts';
import type { Finding } from './finding.ts';

let folder: string;
let dataDir: string;
let now: () => number;
let servers: Server[];

const healthyStorage: OpenBlobStorage = async () => ({
  checkHealth: async () => undefined,
  close: async () => undefined,
});

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'roadstead-doctor-'));
  dataDir = path.join(folder, 'data');
  now = () => Date.now();
  servers = [];
});

afterEach(async () => {
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

interface Diagnosis {
  readonly exitCode: number;
  readonly findings: readonly Finding[];
  find(check: string): Finding | undefined;
}

async function diagnose(env: Record<string, string> = {}, openBlobStorage = healthyStorage): Promise<Diagnosis> {
  let output = '';
  const context: CommandContext = {
    env: { ROADSTEAD_DATA: dataDir, ROADSTEAD_LISTEN: '127.0.0.1:0', ROADSTEAD_METRICS_LISTEN: '', ...env },
    workingDir: folder,
    clock: { now: () => now() },
    print: (text) => {
      output += text;
    },
    printError: () => undefined,
    readInput: async () => '',
    wait: async () => undefined,
  };
  const exitCode = await runDoctor(context, { json: true }, openBlobStorage);
  const { findings } = JSON.parse(output) as { findings: Finding[] };
  for (const { status, remedy } of findings) expect(remedy === undefined).toBe(status === 'ok');
  return { exitCode, findings, find: (check) => findings.find((finding) => finding.check === check) };
}

/** What a first start leaves behind. */
async function start(): Promise<void> {
  const config = { dataDir, databaseUrl: undefined, databaseConnections: 2, masterKeyFile: undefined };
  const masterKey = readMasterKey(config);
  const controlPlane = await openControlPlaneDatabase(config);
  await assertMasterKeyFits(controlPlane, masterKey);
  const main = await openInstanceAsItIs(config, 'main');
  await migrateDatabase(main, INSTANCE_MIGRATIONS);
  await main.close();
  await controlPlane.close();
}

async function serve(server: Server): Promise<number> {
  servers.push(server);
  return listenLocally(server);
}

describe('doctor', () => {
  it('finds nothing wrong before the first start, and changes nothing', async () => {
    const { exitCode, findings } = await diagnose();
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(exitCode).toBe(0);
    expect(existsSync(dataDir)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('looks into what a server has made', async () => {
    await start();
    const { exitCode, find } = await diagnose();
    expect(exitCode).toBe(0);
    expect(find('database of the control plane')).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('up to date'),
    });
    expect(find('database of main')).toMatchObject({ status: 'ok', message: expect.stringContaining('up to date') });
    expect(find('blob storage of main')).toMatchObject({ status: 'ok' });
    expect(find('master key')).toMatchObject({ status: 'ok', message: expect.stringContaining('fits the database') });
    expect(find('data folder')).toMatchObject({ status: 'ok' });
    expect(readdirSync(dataDir).some((name) => name.startsWith('.doctor'))).toBe(false);
  });

  it('knows a master key whose place another is about to take', async () => {
    await start();
    const next = path.join(folder, 'next.key');
    writeFileSync(next, 'ab'.repeat(32), { mode: 0o600 });
    const old = path.join(dataDir, 'master.key');
    const changing = await diagnose({ ROADSTEAD_MASTER_KEY_FILE: next, ROADSTEAD_MASTER_KEY_PREVIOUS_FILE: old });
    expect(changing.find('master key')).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('rotate-keys --master'),
    });
    const lost = await diagnose({ ROADSTEAD_MASTER_KEY_FILE: next });
    expect(lost.find('master key')).toMatchObject({ status: 'fail' });
  });

  it('tells every problem of the configuration and stops there', async () => {
    const { exitCode, findings } = await diagnose({
      ROADSTEAD_LISTEN: 'x',
      ROADSTEAD_ROLE: 'web',
      ROADSTEAD_LISTN: '',
      ROADSTEAD_DTA: '1',
    });
    expect(exitCode).toBe(1);
    expect(findings.filter(({ check }) => check === 'configuration').map(({ status }) => status)).toEqual(
      findings.slice(1).map(() => 'fail'),
    );
    expect(findings.length).toBeGreaterThan(3);
  });

  it('tells a database that a newer version wrote', async () => {
    await start();
    const database = await openInstanceAsItIs({ dataDir, databaseUrl: undefined, databaseConnections: 2 }, 'main');
    await database.write(async (tx) => {
      await sql`insert into kysely_migration (name, timestamp) values ('9999-future', 'x')`.execute(tx);
    });
    await database.close();
    const { exitCode, find } = await diagnose();
    expect(exitCode).toBe(1);
    expect(find('database of main')).toMatchObject({ status: 'fail', message: expect.stringContaining('9999-future') });
  });

  it('tells a damaged database and a blob storage that does not work', async () => {
    await start();
    const { sqliteFile } = locateInstance(dataDir, 'main');
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${sqliteFile}${suffix}`, { force: true });
    writeFileSync(sqliteFile, 'this is no database, whatever its name says'.repeat(50));
    const { find } = await diagnose({}, async () => {
      throw new Error('EROFS');
    });
    expect(find('database of main')?.status).toBe('fail');
    expect(find('blob storage of main')).toMatchObject({ status: 'fail', message: expect.stringContaining('EROFS') });
  });

  it('tells a master key that is missing, open to everybody, or another one', async () => {
    await start();
    const keyFile = path.join(dataDir, 'master.key');
    chmodSync(keyFile, 0o644);
    expect((await diagnose()).find('master key')?.message).toContain('everybody');
    writeFileSync(keyFile, Buffer.alloc(32));
    chmodSync(keyFile, 0o600);
    expect((await diagnose()).find('master key')?.message).toContain('not the one');
    rmSync(keyFile);
    expect((await diagnose()).find('master key')).toMatchObject({ status: 'fail', message: 'it is missing' });
  });

  it('warns of a data folder that is open to others', async () => {
    await start();
    chmodSync(dataDir, 0o755);
    expect((await diagnose()).find('data folder')).toMatchObject({
      status: 'warn',
      remedy: `run: chmod 700 ${dataDir}`,
    });
  });

  it('tells a data folder that cannot be made', async () => {
    writeFileSync(dataDir, 'a file');
    const { exitCode, find } = await diagnose();
    expect(exitCode).toBe(1);
    expect(find('data folder')?.status).toBe('fail');
  });

  it('knows its own server from another program at the listen address', async () => {
    let status = 200;
    const port = await serve(createHttpServer((_, response) => response.writeHead(status).end()));
    const env = { ROADSTEAD_LISTEN: `127.0.0.1:${port}` };
    expect((await diagnose(env)).find('listen address')).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('runs'),
    });
    status = 503;
    expect((await diagnose(env)).find('listen address')?.status).toBe('warn');
    status = 404;
    expect((await diagnose(env)).find('listen address')?.status).toBe('fail');
    const unknown = await diagnose({
      ROADSTEAD_LISTEN: '192.0.2.1:8080',
      ROADSTEAD_METRICS_LISTEN: `127.0.0.1:${port}`,
    });
    expect(unknown.find('listen address')?.message).toContain('EADDRNOTAVAIL');
    expect(unknown.find('metrics address')?.status).toBe('fail');
  });

  it('checks that certificate and key are a pair, in force and closed to others', async () => {
    const day = 86_400_000;
    const write = (name: string, notBefore: number, notAfter: number) => {
      const pair = createSelfSignedCertificate({
        name: 'registry.example',
        notBefore: new Date(Date.now() + notBefore * day),
        notAfter: new Date(Date.now() + notAfter * day),
      });
      const files = {
        ROADSTEAD_TLS_CERT: path.join(folder, `${name}.pem`),
        ROADSTEAD_TLS_KEY: path.join(folder, `${name}.key`),
      };
      writeFileSync(files.ROADSTEAD_TLS_CERT, pair.certPem);
      writeFileSync(files.ROADSTEAD_TLS_KEY, pair.keyPem, { mode: 0o600 });
      return { ...files, pair };
    };
    const tls = async (env: Record<string, string>) => (await diagnose(env)).find('TLS');
    const { pair, ...good } = write('good', -1, 100);
    expect(await tls(good)).toMatchObject({ status: 'ok', message: expect.stringContaining('99 days left') });
    const port = await serve(
      createHttpsServer({ cert: pair.certPem, key: pair.keyPem }, (_, response) => response.end()),
    );
    const running = await diagnose({ ...good, ROADSTEAD_LISTEN: `127.0.0.1:${port}` });
    expect(running.find('listen address')).toMatchObject({ status: 'ok', message: expect.stringContaining('runs') });
    chmodSync(good.ROADSTEAD_TLS_KEY, 0o644);
    expect((await tls(good))?.status).toBe('warn');
    const { pair: _soon, ...soon } = write('soon', -1, 5);
    expect((await tls(soon))?.status).toBe('warn');
    const { pair: _past, ...past } = write('past', -9, -1);
    expect((await tls(past))?.message).toContain('ended');
    const { pair: _future, ...future } = write('future', 1, 9);
    expect((await tls(future))?.message).toContain('not in force');
    expect((await tls({ ...good, ROADSTEAD_TLS_KEY: soon.ROADSTEAD_TLS_KEY }))?.message).toContain('does not belong');
    expect((await tls({ ...good, ROADSTEAD_TLS_CERT: path.join(folder, 'none') }))?.remedy).toContain(
      'ROADSTEAD_TLS_CERT',
    );
  });

  it('tells a clock that cannot be right, and one that jumps', async () => {
    now = () => Date.UTC(2001, 1, 1);
    expect((await diagnose()).find('clock')?.status).toBe('fail');
    let readings = 0;
    now = () => Date.now() + 10_000 * readings++;
    expect((await diagnose()).find('clock')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('moved'),
    });
  });

  it('prints a line for each finding and what to do', async () => {
    const lines: string[] = [];
    const context: CommandContext = {
      env: { ROADSTEAD_DATA: dataDir, ROADSTEAD_LISTEN: 'x' },
      workingDir: folder,
      clock: { now: () => now() },
      print: (text) => void lines.push(text),
      printError: () => undefined,
      readInput: async () => '',
      wait: async () => undefined,
    };
    expect(await runDoctor(context, {}, healthyStorage)).toBe(1);
    expect(lines.join('')).toMatch(/\[ ok \] Node: 24.*\n\[FAIL\] configuration: ROADSTEAD_LISTEN must be .*\n {7}→ /);
    expect(lines.at(-1)).toBe('1 ok, 0 to look at, 1 to repair\n');
  });
});

const postgresUrl = inject('postgresUrl');

describe.runIf(postgresUrl !== undefined)('doctor on PostgreSQL', () => {
  it('checks version, schemas, and the clock against the database', async () => {
    const name = `doctor_${randomBytes(6).toString('hex')}`;
    const databaseUrl = await createDatabase(postgresUrl ?? '', name);
    try {
      const config = { dataDir, databaseUrl, databaseConnections: 2 };
      const controlPlane = await openControlPlaneDatabase(config);
      const registry = createInstanceRegistry(controlPlane, { now });
      await registry.createInstance({ id: 'doctors', hosts: ['d.example'] });
      await registry.createInstance({ id: 'nurses', hosts: ['n.example'] });
      await controlPlane.write((tx) => sql`create schema roadstead_doctors`.execute(tx));
      await controlPlane.close();
      await (await openInstanceDatabase(config, 'nurses')).close();
      const { findings, find } = await diagnose({ ROADSTEAD_DATABASE_URL: databaseUrl });
      expect(findings.filter(({ status }) => status === 'fail')).toEqual([]);
      expect(find('PostgreSQL')?.status).toBe('ok');
      expect(find('database of doctors')).toMatchObject({
        status: 'ok',
        message: expect.stringContaining('next start'),
      });
      expect(find('database of nurses')?.message).toBe('reachable, writable, up to date');
      expect(find('roles of instances')?.status).toBe('ok');
      expect(find('clock')?.message).toContain('as the database says');
    } finally {
      await dropDatabase(postgresUrl ?? '', name);
    }
  });

  it('says what to check when the database is not there', async () => {
    const { find } = await diagnose({ ROADSTEAD_DATABASE_URL: 'postgres://u:p@127.0.0.1:1/d' });
    expect(find('database')).toMatchObject({
      status: 'fail',
      remedy: expect.stringContaining('ROADSTEAD_DATABASE_URL'),
    });
  });
});
