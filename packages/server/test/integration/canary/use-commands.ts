import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { CommandRunner } from './command-runner.ts';
import type { Field } from './fields.ts';
import type { Stage } from './stage.ts';
import { createUser } from './use-accounts.ts';

/** Secrets on the standard input of commands, and in their arguments by mistake. */
export async function useCommands(stage: Stage, commands: CommandRunner): Promise<void> {
  await useResets(stage, commands);
  await Promise.all([
    useLogins(stage, commands),
    useServerCommands(stage, commands),
    useWrongAddresses(stage, commands),
  ]);
}

async function useResets(stage: Stage, commands: CommandRunner): Promise<void> {
  const { book } = stage;
  const field = 'admin reset-password --password-stdin';
  await createUser(stage, 'fay', 'Some-Password-1');
  await createUser(stage, 'gus', 'Some-Password-1');
  const reset = ['admin', 'reset-password', '--username'];
  await Promise.all([
    mustBe(
      2,
      'a password of two lines',
      commands.server([...reset, 'fay', '--password-stdin'], `${book.wrong(field)}\n\n\n`),
    ),
    mustBe(1, 'a password for nobody', commands.server([...reset, 'nobody', '--password-stdin'], book.wrong(field))),
    mustBe(0, 'a password that is made', commands.server([...reset, 'gus'])),
  ]);
  book.use(field, 'refused');
  await mustBe(0, 'a password', commands.server([...reset, 'fay', '--password-stdin'], `${book.right(field)}\n`));
  await stage.expect(200, stage.clientOf('fay', book.right(field)), 'GET', '/v2/');
  book.use(field, 'accepted');
  const made = (await readFile(path.join(stage.dataDir, 'admin-password'), 'utf8')).trim();
  await stage.expect(200, stage.clientOf('gus', made), 'GET', '/v2/');
  book.keep('admin-password that admin reset-password makes', made);
}

/** Each asks the server that listens. */
async function useLogins(stage: Stage, commands: CommandRunner): Promise<void> {
  const { book, url } = stage;
  const login: Field = 'roadstead login --password-stdin';
  await createUser(stage, 'hal', book.right(login));
  const asHal = ['login', url, '--username', 'hal', '--password-stdin'];
  await mustBe(4, 'a wrong login', commands.cli(asHal, book.wrong(login)));
  book.use(login, 'refused');
  await mustBe(0, 'a login', commands.cli(asHal, book.right(login)));
  book.use(login, 'accepted');
  const admin = ['login', url, '--username', 'admin', '--password-stdin'];
  await mustBe(0, 'a login', commands.cli(admin, book.right('setting adminPassword')));
  const ways = [
    ['roadstead user create --new-password-stdin', ['user', 'create', 'ivo', '--new-password-stdin']],
    [
      'roadstead robot create --secret-stdin',
      ['robot', 'create', 'cli', '--allow', 'team=repository:pull', '--secret-stdin'],
    ],
  ] as const;
  for (const [field, args] of ways) {
    const isWrong = (await commands.cli(args, book.wrong(field).toLowerCase())) !== 0;
    if (isWrong) book.use(field, 'refused');
    await mustBe(0, field, commands.cli(args, book.right(field)));
    book.use(field, 'accepted');
    await commands.cli([...args, '--json'], book.right(field));
  }
  await useHelper(stage, commands);
}

async function useHelper({ book }: Stage, commands: CommandRunner): Promise<void> {
  const field = 'secret of the credential helper';
  const stored = { ServerURL: 'other.example', Username: 'ann', Secret: book.right(field) };
  await mustBe(1, 'half of a login', commands.helper('store', JSON.stringify(stored).slice(0, -1)));
  book.use(field, 'refused');
  await mustBe(0, 'a login', commands.helper('store', JSON.stringify(stored)));
  book.use(field, 'accepted');
  await mustBe(0, 'the list of logins', commands.helper('list', ''));
}

async function useServerCommands(stage: Stage, commands: CommandRunner): Promise<void> {
  for (const args of [['--help'], ['serve', '--help'], ['admin', 'reset-password', '--help']])
    await commands.server(args);
  await Promise.all([commands.server(['doctor']), commands.server(['config', 'check'])]);
  await useStore(stage, commands);
  for (const option of [[], ['--instance-key'], ['--master']]) {
    await mustBe(0, `rotate-keys ${option}`, commands.server(['admin', 'rotate-keys', ...option]));
  }
}

/** A bucket that says again what it is sent, refusing it and not. */
async function useStore({ book, receiver }: Stage, commands: CommandRunner): Promise<void> {
  const keys = `key:${book.plain('setting blobs')}`;
  const env = { ROADSTEAD_BLOBS: `s3://${keys}@vault?endpoint=${receiver.url}&attempts=1` };
  for (const takes of [false, true]) {
    receiver.takes = takes;
    await mustBe(1, 'a bucket of somebody else', commands.server(['doctor'], '', env));
  }
  if (!receiver.received.some(({ authorization = '' }) => authorization.includes('Credential=key/'))) {
    throw new Error('the bucket was never asked');
  }
}

/** Addresses with a secret in them, which the command line takes nowhere. */
async function useWrongAddresses({ book, url }: Stage, commands: CommandRunner): Promise<void> {
  const field = 'userinfo of a server or a reference';
  const { host } = new URL(url);
  const secret = book.wrong(field);
  const addresses = [`http://admin:${secret}@${host}`, `admin:${secret}@${host}`, `https://${secret}@${host}/`];
  for (const address of addresses) {
    await mustBe(2, address, commands.cli(['login', address, '--username', 'admin', '--password-stdin'], 'x'));
    await mustBe(2, address, commands.cli(['tags', `${address}/team/app`]));
    await mustBe(2, address, commands.cli(['ls', '--server', address]));
  }
  book.use(field, 'refused');
}

async function mustBe(code: number, what: string, ending: Promise<number | null>): Promise<void> {
  const ended = await ending;
  if (ended !== code) throw new Error(`${what} ended with ${ended} rather than ${code}`);
}
