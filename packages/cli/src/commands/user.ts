import { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { findNumber } from '../json-shape.ts';
import { type ApiCall, callForRecord, callRoadstead } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import { assertCanAsk, confirmOnTerminal } from '../terminal/confirm-on-terminal.ts';
import { askOnTerminal, readPasswordFromStdin } from '../terminal/read-password.ts';
import type { CommandContext } from './command-context.ts';
import { createUserListCommand } from './user-list.ts';
import { createInviteCommand, mailReset, withdrawInvitation } from './user-mails.ts';
import { done, getId } from './user-targets.ts';

interface NewPasswordOptions {
  readonly newPasswordStdin?: boolean;
  readonly keepPassword?: boolean;
}

interface CreateOptions extends NewPasswordOptions {
  readonly email?: string;
  readonly realName?: string;
  readonly administrator?: boolean;
}

export function createUserCommand(context: CommandContext): Command {
  const withPassword = (command: Command) =>
    command
      .option('--new-password-stdin', 'read the password of the account from standard input')
      .option('--keep-password', 'the user need not choose another one at the first sign-in');
  const sub = (name: string, description: string) => new Command(name).description(description).argument('<name>');
  return new Command('user')
    .description('look after the accounts of a server')
    .addCommand(createUserListCommand(context))
    .addCommand(
      withPassword(sub('create', 'make an account'))
        .option('--email <ADDRESS>', 'people sign in with the name or with this')
        .option('--real-name <NAME>', 'of the person')
        .option('--administrator', 'who may do everything')
        .action((name: string, options: CreateOptions, command: Command) =>
          create(context.openSession(command), name, options),
        ),
    )
    .addCommand(
      sub('disable', 'shut an account, and end its tokens and sessions').action(
        (name: string, _options: object, command: Command) => setState(context.openSession(command), name, 'disable'),
      ),
    )
    .addCommand(
      sub('enable', 'open an account again').action((name: string, _options: object, command: Command) =>
        setState(context.openSession(command), name, 'enable'),
      ),
    )
    .addCommand(
      sub('delete', 'delete an account with its memberships and tokens')
        .option('-y, --yes', 'do not ask')
        .action((name: string, options: { readonly yes?: boolean }, command: Command) =>
          remove(context.openSession(command), name, options.yes ?? false),
        ),
    )
    .addCommand(
      sub('reset-second-factor', 'take all second factors from who has lost them').action(
        (name: string, _options: object, command: Command) => resetSecondFactor(context.openSession(command), name),
      ),
    )
    .addCommand(createInviteCommand(context))
    .addCommand(
      sub('withdraw-invitation', 'end the link that somebody was invited by').action(
        (name: string, _options: object, command: Command) => withdrawInvitation(context.openSession(command), name),
      ),
    )
    .addCommand(
      sub('reset-password', 'let somebody who has forgotten the password choose another')
        .requiredOption('--mail', 'send a link to the address of the account')
        .action((name: string, _options: object, command: Command) => mailReset(context.openSession(command), name)),
    )
    .addCommand(
      withPassword(sub('passwd', "set somebody else's password")).action(
        (name: string, options: NewPasswordOptions, command: Command) =>
          setPassword(context.openSession(command), name, options),
      ),
    );
}

async function create(session: Session, name: string, options: CreateOptions): Promise<void> {
  const password = await readNewPassword(session, name, options);
  const connection = await session.connect();
  const body = {
    username: name,
    password,
    isAdministrator: options.administrator ?? false,
    mustChangePassword: !(options.keepPassword ?? false),
    ...(options.email !== undefined && { email: options.email }),
    ...(options.realName !== undefined && { realName: options.realName }),
  };
  const made = await callForRecord(connection, { method: 'POST', path: '/users', body, action: `create ${name}` });
  done(session, connection, { name, id: findNumber(made, 'id') ?? 0, text: `Created ${name}.` });
}

async function setState(session: Session, name: string, word: 'disable' | 'enable'): Promise<void> {
  const connection = await session.connect();
  const id = await getId(connection, name);
  await callRoadstead(connection, { method: 'POST', path: `/users/${id}/${word}`, action: `${word} ${name}` });
  const text = word === 'disable' ? `Disabled ${name}: its tokens and sessions have ended.` : `Enabled ${name}.`;
  done(session, connection, { name, id, text });
}

async function remove(session: Session, name: string, yes: boolean): Promise<void> {
  if (!yes) assertCanAsk(session, { command: 'user delete' });
  const connection = await session.connect();
  const id = await getId(connection, name);
  if (!yes) {
    const consequence = `Will delete the account ${name} with its memberships and tokens.`;
    await confirmOnTerminal(session, { command: 'user delete', consequence, question: 'Delete?' });
  }
  const path = `/users/${id}`;
  await callRoadstead(connection, { method: 'DELETE', path, action: `delete ${name}` });
  done(session, connection, { name, id, text: `Deleted ${name}.` });
}

async function resetSecondFactor(session: Session, name: string): Promise<void> {
  const connection = await session.connect();
  const id = await getId(connection, name);
  const action = `take the second factors of ${name} away`;
  await callRoadstead(connection, { method: 'DELETE', path: `/users/${id}/second-factor`, action });
  done(session, connection, { name, id, text: `${name} has no second factor any more.` });
}

async function setPassword(session: Session, name: string, options: NewPasswordOptions): Promise<void> {
  const password = await readNewPassword(session, name, options);
  const connection = await session.connect();
  const id = await getId(connection, name);
  const body = { password, mustChange: !(options.keepPassword ?? false) };
  const call: ApiCall = { method: 'PUT', path: `/users/${id}/password`, body, action: `set the password of ${name}` };
  await callRoadstead(connection, call);
  const text = `The password of ${name} is changed: its tokens and sessions have ended.`;
  done(session, connection, { name, id, text });
}

/** Never an argument: those stand in the list of processes and in the history of the shell. */
async function readNewPassword(session: Session, name: string, options: NewPasswordOptions): Promise<string> {
  const { runtime } = session;
  if (options.newPasswordStdin === true) {
    if (session.options.passwordStdin)
      throw usageError('only one password can be read from standard input', 'roadstead login');
    return readPasswordFromStdin(runtime);
  }
  if (runtime.stdin.isTTY !== true) throw usageError(`${name} needs a password`, 'add --new-password-stdin');
  const password = await askOnTerminal(runtime, `New password of ${name}: `, { hidden: true });
  if (password === (await askOnTerminal(runtime, 'Once more: ', { hidden: true }))) return password;
  throw usageError('these are two different passwords');
}
