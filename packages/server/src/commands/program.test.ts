import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../config/config.ts';
import { ProductError } from '../kernel/errors.ts';
import { type NetworkRuleSet, NO_NETWORK_RULES } from '../network-rules/network-rule-set.ts';
import type { RebuildReport } from '../operations/recovery/rebuild/rebuild-database.ts';
import type { RebuildInput } from './admin-rebuild.ts';
import type { PasswordReset } from './admin-reset-password.ts';
import { runProgram } from './program.ts';

let folder: string;
let input: string;
let waitedMs: number;
let served: Config[];
let resets: PasswordReset[];
let rebuilds: RebuildInput[];
let networkRules: { readonly instanceId: string; readonly rules: NetworkRuleSet | undefined }[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'roadstead-program-'));
  input = '';
  waitedMs = 0;
  served = [];
  resets = [];
  rebuilds = [];
  networkRules = [];
});

afterEach(() => rmSync(folder, { recursive: true }));

const REBUILT: RebuildReport = {
  instance: 'main',
  lineage: 'abcd',
  base: 2,
  changes: 7,
  restoredTo: 1_799_999_990_000,
  ageMs: 10_000,
  gap: undefined,
  badRecords: [],
  rows: { counts: { manifests: 3 }, damagedManifests: [], leftOutTags: 0, unopened: [] },
  verify: 'digest',
  blobs: { checked: 5, checkedBytes: 500, bad: [], unused: 0 },
  unreferenced: 1,
};

interface Outcome {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

async function run(line: string, env: Record<string, string> = {}): Promise<Outcome> {
  let output = '';
  let errors = '';
  const exitCode = await runProgram(
    line.split(' '),
    {
      env,
      workingDir: folder,
      clock: { now: () => 1_800_000_000_000 },
      print: (text) => {
        output += text;
      },
      printError: (text) => {
        errors += text;
      },
      readInput: async () => input,
      wait: async (milliseconds) => {
        waitedMs += milliseconds;
      },
    },
    {
      version: '1.2.3',
      serve: async (config) => {
        served.push(config);
        return 0;
      },
      resetPassword: async (_config, reset) => {
        if (reset.username === 'nobody') throw new ProductError('NOT_FOUND', 'there is no such user');
        if (reset.username === 'broken') throw new Error('the disk is on fire');
        resets.push(reset);
        return { wasDisabled: reset.username === 'dave', hadSecondFactor: reset.username === 'fay' };
      },
      rotateInstanceKey: async (_config, _instanceId, wait) => {
        await wait(3_000);
        return { keyId: 'k2', resealed: 4 };
      },
      rotateMasterKey: async () => ({ instances: 2, rewrapped: 5 }),
      administerNetworkRules: async (_config, instanceId, rules) => {
        networkRules.push({ instanceId, rules });
        return rules ?? NO_NETWORK_RULES;
      },
      rotateKeys: async (_config, instanceId) => {
        if (instanceId !== 'main') throw new ProductError('NOT_FOUND', `there is no instance ${instanceId}`);
        return { keyId: 'k1' };
      },
      rebuildInstance: async (_config, input) => {
        rebuilds.push(input);
        return REBUILT;
      },
      openBlobStorage: async () => ({ checkHealth: async () => undefined, close: async () => undefined }),
    },
  );
  return { exitCode, output, errors };
}

describe('the command line of the server', () => {
  it('has help with examples, and a version', async () => {
    expect(await run('--version')).toMatchObject({ exitCode: 0, output: '1.2.3\n' });
    for (const line of [
      '--help',
      'serve --help',
      'doctor --help',
      'config check --help',
      'config schema --help',
      'admin reset-password --help',
      'admin rotate-keys --help',
      'admin network-rules --help',
      'admin rebuild --help',
      'admin instance create --help',
      'admin instance list --help',
      'admin instance destroy --help',
      'admin move-storage --help',
      'admin move-database --help',
    ]) {
      const { exitCode, output } = await run(line);
      expect(exitCode, line).toBe(0);
      expect(output, line).toContain('Examples:\n  roadstead ');
    }
  });

  it('ends with 2 when the command line is wrong', async () => {
    for (const line of [
      'sreve',
      'serve --lisen x',
      'serve surplus',
      'admin',
      'admin instance create',
      'config check --config',
    ]) {
      const { exitCode, errors } = await run(line);
      expect(exitCode, line).toBe(2);
      expect(errors, line).not.toBe('');
    }
  });

  it('serves with the configuration that it was told of', async () => {
    writeFileSync(path.join(folder, 'other.yaml'), 'logLevel: warn\n');
    expect((await run('serve --config other.yaml', { ROADSTEAD_LISTEN: ':1234' })).exitCode).toBe(0);
    expect(served[0]).toMatchObject({ logLevel: 'warn', listen: { port: 1234 } });
  });

  it('stops on a wrong configuration with one sentence and 2', async () => {
    const { exitCode, errors } = await run('serve', { ROADSTEAD_LISTEN: 'x' });
    expect(exitCode).toBe(2);
    expect(errors).toMatch(/^roadstead: ROADSTEAD_LISTEN must be host:port.*\n$/);
    expect(served).toEqual([]);
  });
});

describe('config', () => {
  it('check prints what is in effect without secrets', async () => {
    const env = { ROADSTEAD_ADMIN_PASSWORD: 'Correct-horse-9', ROADSTEAD_LISTEN: ':9' };
    const { exitCode, output } = await run('config check', env);
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^listen +:9 {2}\(environment\)$/m);
    expect(output).toMatch(/^adminPassword +\*+ {2}\(environment\)$/m);
    expect(output).not.toContain('horse');
    const json = JSON.parse((await run('config check --json', env)).output);
    expect(json).toMatchObject({
      ok: true,
      problems: [],
      settings: { listen: { value: ':9', source: 'environment' } },
    });
  });

  it('check prints every problem and ends with 2', async () => {
    const { exitCode, output } = await run('config check', { ROADSTEAD_LISTEN: 'x', ROADSTEAD_ROLE: 'web' });
    expect(exitCode).toBe(2);
    expect(output.match(/^wrong: /gm)).toHaveLength(2);
    const missing = await run('config check --json --config none.yaml');
    expect(missing.exitCode).toBe(2);
    expect(JSON.parse(missing.output)).toMatchObject({
      ok: false,
      problems: [expect.stringContaining('--config names')],
    });
  });

  it('schema prints JSON Schema', async () => {
    const schema = JSON.parse((await run('config schema')).output);
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(schema.properties.listen.default).toBe('127.0.0.1:8080');
    expect(schema.required ?? []).toEqual([]);
  });
});

describe('admin reset-password', () => {
  it('takes the password from the standard input and never prints it', async () => {
    input = 'Correct-horse-9\n';
    const { exitCode, output } = await run('admin reset-password --username jo --instance team --password-stdin');
    expect(exitCode).toBe(0);
    const reset = { instanceId: 'team', username: 'jo', password: 'Correct-horse-9', clearsSecondFactors: false };
    expect(resets).toEqual([reset]);
    expect(output).toBe('The password of jo is changed.\n');
  });

  it('says that it has enabled an account', async () => {
    input = 'Correct-horse-9\n';
    const { output } = await run('admin reset-password --username dave --password-stdin');
    expect(output).toBe('The password of dave is changed.\nThe account dave was disabled: it can sign in again.\n');
  });

  it('takes second factors away when it is told to, and says so when it is not', async () => {
    input = 'Correct-horse-9\n';
    const reset = 'admin reset-password --username fay --password-stdin';
    expect((await run(reset)).output).toMatch(/^The password of fay is changed\.\nfay still needs the second factor: /);
    expect((await run(`${reset} --clear-second-factor`)).output).toContain('The second factors of fay are gone.\n');
    expect(resets.map(({ clearsSecondFactors }) => clearsSecondFactors)).toEqual([false, true]);
  });

  it('generates one into a file without it', async () => {
    const { output } = await run('admin reset-password');
    const file = path.join(folder, 'data', 'admin-password');
    expect(output).toBe(`The new password of admin is in ${file}\n`);
    const password = readFileSync(file, 'utf8').trim();
    expect(resets).toEqual([{ instanceId: 'main', username: 'admin', password, clearsSecondFactors: false }]);
    await run('admin reset-password --instance team');
    expect(readFileSync(path.join(folder, 'data/instances/team/admin-password'), 'utf8').trim()).toBe(
      resets[1]?.password,
    );
  });

  it('tells apart wrong use, what was refused and what broke', async () => {
    expect(await run('admin reset-password --password-stdin')).toMatchObject({ exitCode: 2 });
    expect(await run('admin reset-password --username nobody')).toMatchObject({
      exitCode: 1,
      errors: 'roadstead: there is no such user\n',
    });
    expect((await run('admin reset-password --username broken')).errors).toContain('the disk is on fire');
    expect(existsSync(path.join(folder, 'data', 'admin-password'))).toBe(false);
  });
});

describe('admin rotate-keys', () => {
  it('says which key signs from now on', async () => {
    expect((await run('admin rotate-keys')).output).toContain('the new key k1');
    const { exitCode, output } = await run('admin rotate-keys --json');
    expect([exitCode, JSON.parse(output)]).toEqual([0, { instance: 'main', keyId: 'k1' }]);
    expect(await run('admin rotate-keys --instance typo')).toMatchObject({
      exitCode: 1,
      errors: 'roadstead: there is no instance typo\n',
    });
  });
});

describe('admin instance', () => {
  it('creates, lists and destroys', async () => {
    expect((await run('admin instance list')).output).toContain('`main` answers every host');
    const created = await run('admin instance create team --json --host team.example Team.example:8443');
    expect(JSON.parse(created.output)).toMatchObject({ id: 'team', hosts: ['team.example', 'team.example:8443'] });
    expect((await run('admin instance create next --host team.example')).errors).toContain(
      'belongs to the instance team',
    );
    expect((await run('admin instance create next')).errors).toContain('--host');
    expect((await run('admin instance create next', { ROADSTEAD_INSTANCE_DOMAIN: 'r.example' })).output).toContain(
      'next.r.example',
    );
    expect((await run('admin instance list')).output).toMatch(/^next {2}active.*\nteam {2}active/);
    const records = JSON.parse((await run('admin instance list --json')).output);
    expect(records.map(({ id }: { id: string }) => id)).toEqual(['next', 'team']);
    const instanceFolder = path.join(folder, 'data/instances/team');
    mkdirSync(path.join(instanceFolder, 'blobs'), { recursive: true });
    writeFileSync(path.join(instanceFolder, 'metadata.sqlite'), '');
    expect(await run('admin instance destroy team')).toMatchObject({ exitCode: 2 });
    expect(existsSync(instanceFolder)).toBe(true);
    expect(await run('admin instance destroy team --yes')).toMatchObject({ exitCode: 0 });
    expect(existsSync(instanceFolder)).toBe(false);
    expect(waitedMs).toBe(3_000);
    expect(await run('admin instance destroy team --yes')).toMatchObject({ exitCode: 1 });
  });

  it('says that main needs a host of its own when the first other instance is created', async () => {
    mkdirSync(path.join(folder, 'data/instances/main'), { recursive: true });
    const { errors } = await run('admin instance create team --host team.example');
    expect(errors).toContain('admin instance create main --host HOST');
    expect((await run('admin instance create main --host localhost')).errors).toBe('');
  });

  it('rebuilds from the blob storage, and says what is there', async () => {
    const { exitCode, output } = await run('admin rebuild --from-blobs --instance team --verify size --lineage abcd');
    expect(exitCode).toBe(0);
    expect(rebuilds[0]).toMatchObject({ instanceId: 'team', verify: 'size', lineage: 'abcd', isDryRun: false });
    expect(output).toContain('as it was at 2027-01-15T07:59:50.000Z, 10 s ago: what was changed later is lost');
    expect(output).toContain('1 stored objects belong to nothing that was restored');
    const json = await run('admin rebuild --from-blobs --no-verify --dry-run --json');
    expect(rebuilds[1]).toMatchObject({ instanceId: 'main', verify: 'none', isDryRun: true });
    expect(JSON.parse(json.output)).toMatchObject({
      isWhole: true,
      isDryRun: true,
      restoredTo: '2027-01-15T07:59:50.000Z',
    });
    expect((await run('admin rebuild')).exitCode).toBe(2);
    expect((await run('admin rebuild --from-blobs --verify much')).errors).toContain('--verify is digest or size');
  });

  it('rotates the keys that seal secrets, and the master key', async () => {
    expect((await run('admin rotate-keys --instance-key')).output).toContain('sealed by the new key k2: 4 anew');
    expect(waitedMs).toBe(3_000);
    expect((await run('admin rotate-keys --instance-key --instance team --json')).output).toBe(
      '{"instance":"team","keyId":"k2","resealed":4}\n',
    );
    expect((await run('admin rotate-keys --master --json')).output).toBe('{"instances":2,"rewrapped":5}\n');
    expect((await run('admin rotate-keys --master')).output).toContain('Run this again');
    for (const line of ['admin rotate-keys --master --instance main', 'admin rotate-keys --master --instance-key']) {
      expect(await run(line)).toMatchObject({ exitCode: 2 });
    }
  });

  it('reads, replaces and removes network rules', async () => {
    writeFileSync(path.join(folder, 'rules.json'), '{"management":["10.0.0.0/8"],"registry":[]}');
    writeFileSync(path.join(folder, 'wrong.json'), '{"management":["10.0.0.1/8"],"registry":[]}');
    expect((await run('admin network-rules')).output).toBe('management: every network\nregistry: every network\n');
    expect((await run('admin network-rules --instance team --set rules.json')).output).toContain(
      'management: 10.0.0.0/8\nregistry: every network\n',
    );
    expect((await run('admin network-rules --clear --json')).output).toBe('{"management":[],"registry":[]}\n');
    expect(networkRules.map(({ instanceId, rules }) => [instanceId, rules?.management])).toEqual([
      ['main', undefined],
      ['team', ['10.0.0.0/8']],
      ['main', []],
    ]);
    expect(await run('admin network-rules --clear --set rules.json')).toMatchObject({ exitCode: 2 });
    expect(await run('admin network-rules --set wrong.json')).toMatchObject({
      exitCode: 1,
      errors: expect.stringContaining('the network is 10.0.0.0/8'),
    });
    expect(networkRules).toHaveLength(3);
  });
});
