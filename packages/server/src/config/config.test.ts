import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../kernel/errors.ts';
import { inspectConfig, readConfig } from './config.ts';
import { readConfigFile } from './config-file.ts';
import { readEnv } from './env.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'roadstead-config-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function fromEnvironment(source: Readonly<Record<string, string>>) {
  return readConfig({ env: readEnv(source), workingDir: folder });
}

function problemsOf(source: Readonly<Record<string, string>>): readonly string[] {
  return inspectConfig({ env: readEnv(source), workingDir: folder }).problems;
}

async function fromFile(yaml: string, source: Readonly<Record<string, string>> = {}) {
  writeFileSync(path.join(folder, 'roadstead.yaml'), yaml);
  const env = readEnv(source);
  return inspectConfig({ env, file: await readConfigFile({ env, workingDir: folder }), workingDir: folder });
}

describe('the defaults', () => {
  it('serve one registry on the loopback address with data in the current folder', () => {
    const config = fromEnvironment({});
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 8080 });
    expect(config.dataDir).toBe(path.join(folder, 'data'));
    expect(config.metrics).toEqual({ listen: { host: '127.0.0.1', port: 9090 }, isDefault: true });
    expect(config).toMatchObject({ databaseUrl: undefined, tls: undefined, sparseIndexes: false, role: 'all' });
    expect(config.maxManifestBytes).toBe(4 * 2 ** 20 + 64 * 2 ** 10);
    expect(config.uploadExpiryMs).toBe(24 * 3_600_000);
  });
});

describe('the environment', () => {
  it('gives typed values', () => {
    const config = fromEnvironment({
      ROADSTEAD_LISTEN: '[::1]:8443',
      ROADSTEAD_EXTERNAL_URL: 'https://registry.example.com/',
      ROADSTEAD_TLS_CERT: 'tls/cert.pem',
      ROADSTEAD_TLS_KEY: '/etc/key.pem',
      ROADSTEAD_DATA: 'elsewhere',
      ROADSTEAD_SPARSE_INDEXES: 'true',
      ROADSTEAD_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      ROADSTEAD_EGRESS_ALLOW: '*.Corp.example,192.168.0.0/16',
      ROADSTEAD_INSTANCE_PORTS: '9001-9099',
      ROADSTEAD_TOKEN_TTL: '90s',
    });
    expect(config.listen).toEqual({ host: '::1', port: 8443 });
    expect(config.externalUrl).toBe('https://registry.example.com');
    expect(config.tls).toEqual({ certFile: path.join(folder, 'tls/cert.pem'), keyFile: '/etc/key.pem' });
    expect(config.dataDir).toBe(path.join(folder, 'elsewhere'));
    expect(config.trustedProxies).toEqual(['10.0.0.0/8', '::1/128']);
    expect(config.egressAllow).toEqual(['*.corp.example', '192.168.0.0/16']);
    expect(config.instancePorts).toEqual({ first: 9001, last: 9099 });
    expect(config).toMatchObject({ sparseIndexes: true, tokenTtlMs: 90_000 });
  });

  it('treats an empty text as unset, but switches metrics off by it', () => {
    const config = fromEnvironment({ ROADSTEAD_LISTEN: '', ROADSTEAD_DATABASE_URL: '', ROADSTEAD_METRICS_LISTEN: '' });
    expect(config.listen.port).toBe(8080);
    expect(config.databaseUrl).toBeUndefined();
    expect(config.metrics).toEqual({ listen: undefined, isDefault: false });
  });

  it('says which name was meant when one is unknown', () => {
    expect(problemsOf({ ROADSTEAD_LISTN: ':80' })).toEqual([
      'ROADSTEAD_LISTN is not a setting of Roadstead: did you mean ROADSTEAD_LISTEN?',
    ]);
    expect(problemsOf({ ROADSTEAD_QQQQQQQQQQQQQQQQ: '1' })[0]).toContain('see docs/configuration.md');
    expect(problemsOf({ ROADSTEAD_LISTEN_FILE: '/x' })).toHaveLength(1);
  });

  it('leaves alone what Kubernetes, the command line and the tests put there', () => {
    const source = {
      ROADSTEAD_SERVICE_HOST: '10.0.0.1',
      ROADSTEAD_SERVICE_PORT_HTTP: '80',
      ROADSTEAD_PORT: 'tcp://10.0.0.1:80',
      ROADSTEAD_WEB_PORT_80_TCP_ADDR: '10.0.0.1',
      ROADSTEAD_TEST_POSTGRES_URL: 'postgres://x',
      ROADSTEAD_DEBUG: '1',
      PATH: '/bin',
    };
    expect(problemsOf(source)).toEqual([]);
  });

  it.each([
    ['ROADSTEAD_LISTEN', 'nonsense'],
    ['ROADSTEAD_LISTEN', '127.0.0.1:70000'],
    ['ROADSTEAD_LISTEN', '::1:80'],
    ['ROADSTEAD_EXTERNAL_URL', 'registry.example.com'],
    ['ROADSTEAD_EXTERNAL_URL', 'https://registry.example.com/path'],
    ['ROADSTEAD_DATABASE_URL', 'mysql://host/db'],
    ['ROADSTEAD_BLOBS', 's3://BUCKET'],
    ['ROADSTEAD_BLOBS', 's3://bucket/a%20b'],
    ['ROADSTEAD_BLOBS', 's3://key@bucket'],
    ['ROADSTEAD_BLOBS', 's3://bucket?zone=eu'],
    ['ROADSTEAD_BLOBS', 's3://bucket?region=eu&region=us'],
    ['ROADSTEAD_BLOBS', 's3://bucket?endpoint=store.example.com'],
    ['ROADSTEAD_BLOBS', 's3://bucket?kms-key=1'],
    ['ROADSTEAD_BLOBS', 's3://bucket?attempts=0'],
    ['ROADSTEAD_BLOBS', '/srv/blobs'],
    ['ROADSTEAD_ADMIN_PASSWORD', 'short'],
    ['ROADSTEAD_SPARSE_INDEXES', 'maybe'],
    ['ROADSTEAD_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['ROADSTEAD_TRUSTED_PROXIES', 'proxy'],
    ['ROADSTEAD_ACCEL_REDIRECT', 'internal-blobs'],
    ['ROADSTEAD_ACCEL_REDIRECT', '/internal-blobs/'],
    ['ROADSTEAD_SENDFILE', 'perhaps'],
    ['ROADSTEAD_EGRESS_ALLOW', 'bad host'],
    ['ROADSTEAD_ROLE', 'all-of-it'],
    ['ROADSTEAD_PROCESSES', '0'],
    ['ROADSTEAD_PROCESSES', '65'],
    ['ROADSTEAD_INSTANCE_DOMAIN', '10.0.0.1'],
    ['ROADSTEAD_INSTANCE_PORTS', '9099-9001'],
    ['ROADSTEAD_LOG_LEVEL', 'loud'],
    ['ROADSTEAD_MAX_MANIFEST_BYTES', '1e20'],
    ['ROADSTEAD_UPLOAD_EXPIRY', '5'],
    ['ROADSTEAD_TOKEN_TTL', '2d'],
    ['ROADSTEAD_WARNING', 'say "no"'],
    ['ROADSTEAD_MAX_CONNECTIONS', '-1'],
  ])('refuses a wrong %s in one sentence that names it (%s)', (name, text) => {
    const [problem = '', ...others] = problemsOf({ [name]: text });
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(`^${name} must `));
    expect(() => fromEnvironment({ [name]: text })).toThrow(ConfigurationError);
  });

  it.each(['web', 'worker'])('knows the role %s, where there is a database for several nodes', (role) => {
    const postgres = { ROADSTEAD_DATABASE_URL: 'postgres://127.0.0.1/registry' };
    expect(fromEnvironment({ ...postgres, ROADSTEAD_ROLE: role }).role).toBe(role);
    expect(problemsOf({ ROADSTEAD_DATABASE_REPLICA_URL: 'postgres://u@h/d' })[0]).toContain(
      'without ROADSTEAD_DATABASE_URL',
    );
    expect(problemsOf({ ROADSTEAD_ROLE: role })[0]).toMatch(/^ROADSTEAD_ROLE is \w+ without ROADSTEAD_DATABASE_URL/);
  });

  it('says the first problem, and how many more there are', () => {
    const source = { ROADSTEAD_LISTEN: 'nonsense', ROADSTEAD_LOG_LEVEL: 'loud' };
    expect(problemsOf(source)).toHaveLength(2);
    expect(() => fromEnvironment(source)).toThrow(/and 1 more: see `roadstead config check`/);
  });

  it('refuses half of a TLS pair and two ways to name instances', () => {
    expect(problemsOf({ ROADSTEAD_TLS_CERT: 'c' })[0]).toMatch(/^ROADSTEAD_TLS_CERT is set without ROADSTEAD_TLS_KEY/);
    expect(problemsOf({ ROADSTEAD_INSTANCE_DOMAIN: 'a.example', ROADSTEAD_INSTANCE_PORTS: '1-2' })).toHaveLength(1);
    expect(problemsOf({ ROADSTEAD_ACCEL_REDIRECT: '/internal' })[0]).toMatch(
      /^ROADSTEAD_ACCEL_REDIRECT is set without ROADSTEAD_TRUSTED_PROXIES/,
    );
    const both = { ROADSTEAD_ACCEL_REDIRECT: '/internal', ROADSTEAD_TRUSTED_PROXIES: '10.0.0.1' };
    expect(problemsOf(both)).toEqual([]);
  });

  it.each([
    { ROADSTEAD_SENDFILE: 'true' },
    { ROADSTEAD_ACCEL_REDIRECT: '/internal', ROADSTEAD_TRUSTED_PROXIES: '10.0.0.1' },
  ])('refuses what sends files where blobs lie in no files: %o', (source) => {
    expect(problemsOf({ ...source, ROADSTEAD_BLOBS: 's3://bucket' })).toHaveLength(1);
  });
});

describe('a secret', () => {
  it('may come from a file, without its line break', () => {
    const file = path.join(folder, 'password');
    writeFileSync(file, 'Correct-horse-9\n');
    expect(fromEnvironment({ ROADSTEAD_ADMIN_PASSWORD_FILE: 'password' }).adminPassword).toBe('Correct-horse-9');
  });

  it('is refused when its file is missing or empty, or when it is given twice', () => {
    writeFileSync(path.join(folder, 'empty'), '\n');
    expect(problemsOf({ ROADSTEAD_ADMIN_PASSWORD_FILE: 'nowhere' })[0]).toMatch(
      /^ROADSTEAD_ADMIN_PASSWORD_FILE .*ENOENT/,
    );
    expect(problemsOf({ ROADSTEAD_ADMIN_PASSWORD_FILE: 'empty' })[0]).toContain('is empty');
    const twice = { ROADSTEAD_DATABASE_URL: 'postgres://h/d', ROADSTEAD_DATABASE_URL_FILE: 'empty' };
    expect(problemsOf(twice)[0]).toContain('both set');
  });

  it('never shows in a problem or in the settings in effect', () => {
    const source = {
      ROADSTEAD_ADMIN_PASSWORD: 'hush',
      ROADSTEAD_DATABASE_URL: 'mysql://u:hush@h/d',
      ROADSTEAD_BLOBS: 'hush',
    };
    const report = inspectConfig({ env: readEnv(source), workingDir: folder });
    expect(report.problems).toHaveLength(3);
    expect(JSON.stringify(report)).not.toContain('hush');
  });
});

describe('the configuration file', () => {
  it('is found in the current folder, and the environment wins over it', async () => {
    const { config, settings } = await fromFile('listen: 127.0.0.1:1111\nlogLevel: warn\n', {
      ROADSTEAD_LOG_LEVEL: 'debug',
    });
    expect(config?.listen.port).toBe(1111);
    expect(config?.logLevel).toBe('debug');
    expect(settings.find(({ name }) => name === 'listen')?.source).toBe(path.join(folder, 'roadstead.yaml'));
  });

  it('is found in the data folder', async () => {
    writeFileSync(path.join(folder, 'roadstead.yaml'), 'logLevel: error');
    const env = readEnv({ ROADSTEAD_DATA: folder });
    expect(await readConfigFile({ env, workingDir: tmpdir() })).toMatchObject({ values: { logLevel: 'error' } });
  });

  it('may write numbers, switches and lists as YAML has them, and paths from where it is', async () => {
    const { config, problems } = await fromFile(
      'listen: 8081\nsparseIndexes: true\nmaxManifestBytes: 8388608\ntrustedProxies: [10.0.0.0/8, "::1"]\ndata: d\nwarning:\n',
    );
    expect(problems).toEqual([]);
    expect(config).toMatchObject({
      listen: { host: '0.0.0.0', port: 8081 },
      sparseIndexes: true,
      maxManifestBytes: 8_388_608,
      trustedProxies: ['10.0.0.0/8', '::1/128'],
      dataDir: path.join(folder, 'd'),
    });
  });

  it('has its problems told with the key and the file', async () => {
    const { problems } = await fromFile('lissten: x\nlisten: {host: a}\nlogLevel: loud\n');
    const file = path.join(folder, 'roadstead.yaml');
    expect(problems).toEqual([
      `lissten in ${file} is not a setting of Roadstead: did you mean listen?`,
      `listen in ${file} must be a single value`,
      `logLevel in ${file} must be one of trace, debug, info, warn, error, fatal, silent, not "loud"`,
    ]);
  });

  it('must be there when it is named, and must be YAML without aliases', async () => {
    const env = readEnv({ ROADSTEAD_CONFIG: 'nowhere.yaml' });
    await expect(readConfigFile({ env, workingDir: folder })).rejects.toThrow(/^ROADSTEAD_CONFIG names .*ENOENT/);
    await expect(readConfigFile({ env, path: 'no.yaml', workingDir: folder })).rejects.toThrow(/^--config names/);
    await expect(fromFile('a: [1')).rejects.toThrow(ConfigurationError);
    await expect(fromFile('a: &a [1]\nb: *a\n')).rejects.toThrow(ConfigurationError);
    for (const value of ['|Secret-1', '!Secret-1', '!a!Secret-1', '*Secret-1', '"x"Secret-1']) {
      const reading = fromFile(`listen: 127.0.0.1:1\nadminPassword: ${value}\n`);
      await expect(reading).rejects.toThrow(
        /must be YAML: (?:it is not at line 2, column \d+|an alias \(\*\) is none here); put/,
      );
      await expect(reading).rejects.not.toThrow('Secret');
    }
    expect((await fromFile('adminPassword:Secret-1: x\n')).problems[0]).toMatch(/a blank behind each colon$/);
    expect((await fromFile('- 1\n')).problems[0]).toContain('must be a list of settings');
    expect((await fromFile('')).problems).toEqual([]);
  });
});
