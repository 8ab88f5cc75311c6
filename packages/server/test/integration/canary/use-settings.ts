import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { environmentName, SETTING_NAMES, SETTINGS } from '../../../src/config/settings.ts';
import type { CommandRunner } from './command-runner.ts';
import { FIELD_NAMES, type Field } from './fields.ts';
import type { Env, Stage } from './stage.ts';

/** A text for the setting with the secret in it. */
type Spelling = (secret: string) => string;

interface SecretSetting {
  readonly right: Spelling;
  readonly wrong: readonly Spelling[];
}

/** Ports where nobody listens, so that who takes the setting says that nothing is there. */
const SPELLINGS: Readonly<Record<string, SecretSetting>> = {
  adminPassword: { right: (secret) => secret, wrong: [(secret) => secret.toLowerCase(), (secret) => secret.repeat(9)] },
  databaseUrl: postgresUrl(),
  databaseReplicaUrl: postgresUrl(),
  blobs: {
    right: (secret) => `s3://key:${secret}@bucket?endpoint=http://127.0.0.1:1&attempts=1`,
    wrong: [
      (secret) => secret,
      (secret) => `s3://key:/${secret}@bucket/prefix`,
      (secret) => `s3://key:1/${secret}@bucket`,
      (secret) => `s3://key:?${secret}@bucket`,
      (secret) => `s3://key:#${secret}@bucket`,
      (secret) => `s3://${secret}@bucket`,
      (secret) => `s3://key:%${secret}@bucket`,
      (secret) => `s3://key:${secret}@!`,
      (secret) => `s3://bucket?endpoint=https://key:${secret}@host`,
      (secret) => `s3://bucket?public-endpoint=https://key:${secret}@host`,
      (secret) => `S3:key:${secret}@bucket`,
    ],
  },
};

function postgresUrl(): SecretSetting {
  return {
    right: (secret) => `postgres://user:${secret}@127.0.0.1:1/database`,
    wrong: [
      (secret) => secret,
      (secret) => `mysql://user:${secret}@127.0.0.1/database`,
      (secret) => `postgres://user:${secret}@127.0.0.1:none/database`,
      (secret) => `postgres://127.0.0.1:1/${secret}@host/database`,
      (secret) => `postgres://user:${secret}#@127.0.0.1/database`,
      (secret) => `postgres//user:${secret}@127.0.0.1/database`,
    ],
  };
}

/** What is no value in YAML, or another one than was meant: characters that passwords have, without quotes around them. */
const YAML: readonly Spelling[] = [
  (secret) => `|${secret}`,
  (secret) => `>${secret}`,
  (secret) => `!${secret}`,
  (secret) => `!a!${secret}`,
  (secret) => `!<${secret}`,
  (secret) => `!!${secret} x`,
  (secret) => `*${secret}`,
  (secret) => `*${secret} x`,
  (secret) => `&${secret}`,
  (secret) => `@${secret}`,
  (secret) => `%${secret}`,
  (secret) => `"${secret}`,
  (secret) => `"x"${secret}`,
  (secret) => `"\\${secret}"`,
  (secret) => `[${secret}`,
  (secret) => `{${secret}`,
  (secret) => `}${secret}`,
  (secret) => `[${secret}]`,
  (secret) => `{a: ${secret}}`,
  (secret) => `${secret}: x`,
  (secret) => `x\n]${secret}`,
  (secret) => `x\n%${secret}`,
];

const COMMANDS = [['config', 'check'], ['config', 'check', '--json'], ['doctor']] as const;

/** The settings that are secrets, and that have no field here: none, unless a new one was forgotten. */
export function listForgottenSettings(): readonly string[] {
  const fields: readonly string[] = FIELD_NAMES;
  const secrets = SETTING_NAMES.filter((name) => SETTINGS[name].isSecret);
  return secrets.filter((name) => !fields.includes(`setting ${name}`) || SPELLINGS[name] === undefined);
}

/** Every secret of the configuration, from each source, right and wrong. */
export async function useSettings(stage: Stage, commands: CommandRunner): Promise<void> {
  for (const [name, spelling] of Object.entries(SPELLINGS)) await useSetting(stage, commands, name, spelling);
  await useYaml(stage, commands);
  await useKeyFiles(stage, commands);
  await useMoves(stage, commands);
}

async function useSetting(stage: Stage, commands: CommandRunner, name: string, { right, wrong }: SecretSetting) {
  const { book, folder } = stage;
  const field = `setting ${name}` as Field;
  const variable = environmentName(name);
  // A standby is nothing without its primary.
  const others: Env = name === 'databaseReplicaUrl' ? { ROADSTEAD_DATABASE_URL: 'postgres://127.0.0.1:1/x' } : {};
  const file = path.join(folder, 'secret');
  const config = path.join(folder, 'roadstead.yaml');
  const texts = [right(book.plain(field)), ...wrong.map((spell) => spell(book.wrong(field)))];
  for (const [index, text] of texts.entries()) {
    await writeFile(file, `${text}\n`);
    await writeFile(config, `${name}: ${JSON.stringify(text)}\n`);
    const sources: readonly Env[] = [
      { [variable]: text },
      { [`${variable}_FILE`]: file },
      { ROADSTEAD_CONFIG: config },
    ];
    for (const source of sources) {
      const env = { ROADSTEAD_DATA: path.join(folder, 'none'), ...others, ...source };
      const codes: number[] = [];
      for (const command of COMMANDS) codes.push(await commands.inside([...command], env));
      if (codes[0] === 0 && index === 0) book.use(field, 'accepted');
      if (codes[0] === 2 && index > 0) book.use(field, 'refused');
    }
    await commands.inside(['config', 'check'], { [variable]: text, [`${variable}_FILE`]: file });
    await commands.inside(['config', 'check'], { [`${variable}S`]: text, [`${variable}_FIL`]: text });
  }
}

async function useYaml({ book, folder }: Stage, commands: CommandRunner): Promise<void> {
  const file = path.join(folder, 'wrong.yaml');
  for (const spell of YAML) {
    for (const before of ['adminPassword: ', 'adminPassword:', 'databaseUrl: x\nadminPassword: ']) {
      await writeFile(file, `${before}${spell(book.wrong('setting adminPassword'))}\nlisten: 127.0.0.1:1\n`);
      for (const command of COMMANDS) await commands.inside([...command], { ROADSTEAD_CONFIG: file });
    }
  }
}

async function useKeyFiles({ book, folder }: Stage, commands: CommandRunner): Promise<void> {
  const file = path.join(folder, 'wrong.key');
  const master = 'file of a master key, without a key';
  await writeFile(file, book.wrong(master), { mode: 0o600 });
  for (const name of ['ROADSTEAD_MASTER_KEY_FILE', 'ROADSTEAD_MASTER_KEY_PREVIOUS_FILE']) {
    const env = { ROADSTEAD_DATA: folder, [name]: file };
    if ((await commands.inside(['doctor'], env)) !== 0) book.use(master, 'refused');
    await commands.server(['admin', 'rotate-keys', '--master'], '', env);
  }
  const tls = 'file of a private key of TLS';
  await writeFile(file, `-----BEGIN PRIVATE KEY-----\n${book.wrong(tls)}\n-----END PRIVATE KEY-----\n`);
  const env = { ROADSTEAD_DATA: folder, ROADSTEAD_TLS_KEY: file, ROADSTEAD_TLS_CERT: file };
  if ((await commands.inside(['doctor'], env)) !== 0) book.use(tls, 'refused');
  await commands.server(['serve'], '', { ...env, ROADSTEAD_LISTEN: '127.0.0.1:1' });
}

/** Addresses to which data shall be moved are the same settings on a command line. */
async function useMoves({ book, folder }: Stage, commands: CommandRunner): Promise<void> {
  const file = path.join(folder, 'target');
  const env = { ROADSTEAD_DATA: path.join(folder, 'none') };
  const moves = [
    ['move-database', 'databaseUrl'],
    ['move-storage', 'blobs'],
  ] as const;
  for (const [command, name] of moves) {
    const { wrong = [] } = SPELLINGS[name] ?? {};
    for (const spell of wrong) {
      const text = spell(book.wrong(`setting ${name}`));
      await writeFile(file, text);
      await commands.inside(['admin', command, '--to', text], env);
      await commands.inside(['admin', command, '--to-file', file], env);
    }
  }
}
