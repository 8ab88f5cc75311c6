import { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { findNumber } from '../json-shape.ts';
import { callForRecord, callRoadstead } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import type { CommandContext } from './command-context.ts';
import { done, findId, getId } from './user-targets.ts';

interface InviteOptions {
  readonly email?: string;
  readonly realName?: string;
  readonly administrator?: boolean;
}

export function createInviteCommand(context: CommandContext): Command {
  return new Command('invite')
    .description('make an account whose owner chooses the password, by a link that is mailed; again: send another link')
    .argument('<name>')
    .option('--email <ADDRESS>', 'where the link is sent, for a new account')
    .option('--real-name <NAME>', 'of the person')
    .option('--administrator', 'who may do everything')
    .action((name: string, options: InviteOptions, command: Command) =>
      invite(context.openSession(command), name, options),
    );
}

async function invite(session: Session, name: string, options: InviteOptions): Promise<void> {
  const connection = await session.connect();
  const action = `invite ${name}`;
  const known = await findId(connection, name);
  if (known !== undefined) {
    if (Object.keys(options).length > 0) {
      throw usageError(`there is an account ${name} already`, `roadstead user invite ${name}`);
    }
    await callRoadstead(connection, { method: 'POST', path: `/users/${known}/invitation`, action });
    return done(session, connection, { name, id: known, text: `Another link is on its way to ${name}.` });
  }
  if (options.email === undefined) throw usageError(`${name} needs an e-mail address`, 'add --email');
  const body = {
    username: name,
    invite: true,
    email: options.email,
    isAdministrator: options.administrator ?? false,
    ...(options.realName !== undefined && { realName: options.realName }),
  };
  const made = await callForRecord(connection, { method: 'POST', path: '/users', body, action });
  const text = `Invited ${name}: a link is on its way to ${options.email}.`;
  done(session, connection, { name, id: findNumber(made, 'id') ?? 0, text });
}

export async function withdrawInvitation(session: Session, name: string): Promise<void> {
  const connection = await session.connect();
  const id = await getId(connection, name);
  const action = `withdraw the invitation of ${name}`;
  await callRoadstead(connection, { method: 'DELETE', path: `/users/${id}/invitation`, action });
  done(session, connection, { name, id, text: `The link that ${name} was invited by is over.` });
}

export async function mailReset(session: Session, name: string): Promise<void> {
  const connection = await session.connect();
  const id = await getId(connection, name);
  const action = `send ${name} a link`;
  await callRoadstead(connection, { method: 'POST', path: `/users/${id}/password-reset`, action });
  done(session, connection, { name, id, text: `A link to choose a password is on its way to ${name}.` });
}
